import type { Evaluation } from "../../../../evaluate/types.ts";
import type { BestOfKRun } from "../../../../serve/studio/types.ts";

/** What the server says of a best-of-k run, but for its rows. */
export type Run = BestOfKRun<Evaluation>;

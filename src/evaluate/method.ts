import type { Choice } from "./choice.ts";
import type { ScoredSet } from "./scored-set.ts";
import type { MethodFamily } from "./types.ts";

/** A way to choose among the candidates of one prompt. */
export type Method = {
  name: string;
  family: MethodFamily;
  /** One sentence: what it maximises. */
  describe: string;
  /** Weights by value, for weighted sums. */
  weights?: Record<string, number>;
  /** True if it means to choose at random, so that several likely candidates are no tie. */
  random?: boolean;
  /** One candidate, or a probability for each. */
  choose(set: ScoredSet): Choice;
};

export const BASE = "base";
export const GOAL = "LSC goal";
export const EQUAL_SUM = "raw sum, equal weights";

/** Said in every report. */
export const TIE_RULE =
  "Candidates that tie exactly for best share the choice equally; every number is the exact expectation over them.";

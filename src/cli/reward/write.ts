import { join } from "node:path";
import { writeFileAtomic, writeJsonAtomic } from "../../io/write.ts";
import { rewardReport } from "../../report/index.ts";
import { VERSION } from "../version.ts";
import type { EvalResult } from "./evaluate.ts";

/** Writes `evaluation.json`, which `align best-of-k --rewards` reads, and `report.html`. */
export async function writeEvaluation(folder: string, result: EvalResult): Promise<void> {
  const report = rewardReport({
    models: result.models,
    crossing: result.matrix,
    benchmark: result.benchmark,
    made: `allgood ${VERSION}, pairs: ${result.part}`,
  });
  await writeFileAtomic(join(folder, "report.html"), report);
  await writeJsonAtomic(join(folder, "evaluation.json"), result);
}

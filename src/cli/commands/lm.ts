import type { Register } from "../command.ts";
import { registerLmCandidates } from "../lm/candidates.ts";
import { registerLmEval } from "../lm/eval.ts";
import { registerLmSample } from "../lm/sample.ts";
import { registerLmTrain } from "../lm/train.ts";

/** `allgood lm …`: one file a subcommand in `src/cli/lm/`. */
export const registerLm: Register = (program, report) => {
  const lm = program.command("lm").description("train and sample language models");
  registerLmTrain(lm, report);
  registerLmSample(lm, report);
  registerLmCandidates(lm, report);
  registerLmEval(lm, report);
};

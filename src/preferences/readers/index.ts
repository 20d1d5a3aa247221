import type { Reader } from "../reader.ts";
import { candidateLists, candidateRows } from "./candidates.ts";
import { finegrained } from "./finegrained.ts";
import { helpsteer, helpsteerPreference } from "./helpsteer.ts";
import { hh } from "./hh.ts";
import { llmbar } from "./llmbar.ts";
import { rewardbench, rewardbench2 } from "./rewardbench.ts";
import { styleResponses } from "./styles.ts";
import { trlExplicit, trlImplicit } from "./trl.ts";
import { ultrafeedback, ultrafeedbackBinarized } from "./ultrafeedback.ts";
import { webgpt } from "./webgpt.ts";

/** Every format, the more particular before the more general: where several fit a row, the first is taken. */
export const readers: readonly Reader[] = [
  hh,
  rewardbench2,
  ultrafeedback,
  ultrafeedbackBinarized,
  rewardbench,
  helpsteer,
  helpsteerPreference,
  finegrained,
  styleResponses,
  webgpt,
  llmbar,
  trlExplicit,
  trlImplicit,
  candidateLists,
  candidateRows,
];

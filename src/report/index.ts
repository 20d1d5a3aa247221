/**
 * Self-contained HTML reports: one file, no script, nothing fetched, pictures as SVG.
 * @module
 */

export type {
  BaseStanding,
  ByValue,
  Difference,
  FiveNumbers,
  FrontierComparison,
  FrontierRow,
  FrontierSettings,
  KindComparison,
  Level,
  Part,
  PartSize,
  SampleSizes,
  Setting,
  Standing,
  Verdict,
} from "../frontier/index.ts";
export { type AuditReportInput, auditReport } from "./audit-report.ts";
export type { ExamplePick, PromptExample } from "./best-of-k/examples.ts";
export type { CandidatePoint } from "./best-of-k/utilities.ts";
export { type BestOfKReportInput, bestOfKReport } from "./best-of-k-report.ts";
export { type EarlyChoiceRow, type EarlyReportInput, earlyReport } from "./early-report.ts";
export { type FrontierReportInput, frontierReport } from "./frontier-report.ts";
export { type RewardReportInput, rewardReport } from "./reward-report.ts";
export type {
  Accuracy,
  BenchmarkRow,
  CalibrationBin,
  Crossing,
  ReferenceCoverage,
  RewardEvaluation,
} from "./reward-types.ts";
export { type RolloutMeans, type TrainingReportInput, trainingReport } from "./training-report.ts";

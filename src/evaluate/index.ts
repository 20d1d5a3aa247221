/**
 * Evaluation of best-of-k over given candidates, and audits of raw reward columns. Pure computation; `src/report` draws.
 * @module
 */
export type { Estimate } from "../stats/bootstrap.ts";
export { auditScores } from "./audit.ts";
export { numericColumns, type ReadScoresOptions, readScores } from "./audit-read.ts";
export type {
  Audit,
  AuditWarning,
  ColumnAudit,
  ColumnPairAudit,
  DisagreementExample,
  Dominance,
  LengthAudit,
  PickedExample,
  PickLevel,
  Recommendation,
  SumAudit,
} from "./audit-types.ts";
export { candidateScores } from "./candidate-scores.ts";
export { type EvaluationOptions, evaluateBestOfK } from "./evaluate.ts";
export { DEFAULT_PATTERNS, type ProbePattern } from "./probe-patterns.ts";
export type { ResampleOptions } from "./resample.ts";
export { type BenchmarkAccuracy, type BenchmarkPair, REWARDBENCH, rewardBench } from "./rewardbench.ts";
export type { ScoreGroup, ScoreTable } from "./score-table.ts";
export type { CandidateScores } from "./scored-set.ts";
export type {
  BestOfKEvaluation,
  BindingReport,
  BindingValue,
  Direction,
  DisagreementResult,
  DistributionSeries,
  Evaluation,
  HeldBackPrompt,
  JudgedBy,
  JudgedValue,
  Measured,
  MethodFamily,
  MethodResult,
  ProbeReport,
  ProbeResult,
  SensitivityReport,
  ValueDistribution,
} from "./types.ts";

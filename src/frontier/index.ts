/**
 * The demo world's experiment: a base policy, raters, reward models, and every way to align to them, where the truth is known.
 * @module
 */
export { type BasePolicyOptions, trainBasePolicy } from "./base-policy.ts";
export {
  baseSamples,
  MAX_NEW_TOKENS,
  PARTS,
  type Part,
  type PartSize,
  type SampleSizes,
} from "./base-samples.ts";
export { bestOfKSweep } from "./best-of-k-sweep.ts";
export { type CompareOptions, compareFrontier } from "./compare.ts";
export type {
  BaseStanding,
  Difference,
  FrontierComparison,
  KindComparison,
  Level,
  Standing,
  Verdict,
} from "./comparison.ts";
export { CONTENDERS, type Contender, LSC_AND } from "./contenders.ts";
export { describeFrontier } from "./describe.ts";
export { type BasePolicy, type Experiment, prepareExperiment } from "./experiment.ts";
export { type FrontierSettings, type Job, jobsOf } from "./jobs.ts";
export { distinctResponses, type LearnedReward, learnRewards } from "./learned-rewards.ts";
export { readFrontier } from "./read-frontier.ts";
export { type RlSettings, rlRun } from "./rl-run.ts";
export { FRONTIER_FILE, runFrontier } from "./run-frontier.ts";
export type { ByValue, FiveNumbers, FrontierRow, Setting } from "./types.ts";
export { frontierWorker } from "./worker.ts";

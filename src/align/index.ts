/**
 * Alignment: best-of-k over candidates, and training of a policy against a utility with a KL penalty.
 * @module
 */

export type { Algorithm, AlgorithmContext, AlgorithmPart, ScoredRollouts } from "./algorithm.ts";
export { leaveOneOut, rloo } from "./algorithms/rloo.ts";
export { bestOfK, bestOfKBound, type Choice, softBestOfK, softProbabilities } from "./best-of-k.ts";
export { type KlControl, klControl } from "./kl-control.ts";
export { type KlEstimates, klEstimates } from "./kl-estimators.ts";
export { objectiveUtility } from "./objective-utility.ts";
export {
  PolicyTrainer,
  type PolicyTrainerOptions,
  type RolloutMetrics,
  type StepMetrics,
  type StepOptions,
} from "./policy-trainer.ts";
export { type Comparison, ReferencePolicy } from "./reference-policy.ts";
export { createRewarder, type RetryOptions, type Rewarder } from "./rewarder.ts";
export {
  type AlignPrompt,
  type RollOutOptions,
  type Rollout,
  type RolloutBatch,
  rollOut,
} from "./rollout.ts";
export { type ScoredCandidates, scoreCandidates } from "./score-candidates.ts";
export { type RewardedBatch, type Utility, utilitiesOf } from "./utility.ts";

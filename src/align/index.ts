/**
 * Alignment: best-of-k over candidates, and training of a policy against a utility with a KL penalty.
 * @module
 */

export {
  type ClientOptions,
  LocalPolicy,
  type LocalPolicyOptions,
  OpenAiPolicy,
  type OpenAiPolicyOptions,
  type Policy,
  type PolicySample,
  type PromptFormat,
  type SampleRequest,
  type TokenRequest,
} from "../policies/index.ts";
export type { Moments } from "../stats/moments.ts";
export { createRandom, type Random } from "../stats/random.ts";
export type {
  Algorithm,
  AlgorithmContext,
  AlgorithmLoss,
  AlgorithmPart,
  ScoredRollouts,
} from "./algorithm.ts";
export { type DpoOptions, dpo } from "./algorithms/dpo.ts";
export { type ExpertIterationOptions, expertIteration } from "./algorithms/expert-iteration.ts";
export { type GrpoOptions, grpo } from "./algorithms/grpo.ts";
export { type PpoOptions, ppo } from "./algorithms/ppo.ts";
export { leaveOneOut, rloo } from "./algorithms/rloo.ts";
export {
  type AlignmentLimits,
  type AlignmentResult,
  type AlignmentRun,
  alignPolicy,
  promptsAt,
} from "./align-policy.ts";
export { bestOfK, bestOfKBound, type Choice, softBestOfK, softProbabilities } from "./best-of-k.ts";
export {
  calibrateEarlyStopping,
  type EarlyChoice,
  type EarlyStopping,
  earlyBestOfK,
  earlyStopping,
  type Replay,
  replay,
  type StageBound,
  speculativeRejection,
} from "./early-stopping.ts";
export { type KlControl, klControl } from "./kl-control.ts";
export { type KlEstimates, klEstimates } from "./kl-estimators.ts";
export type { PolicyPass } from "./policy-pass.ts";
export {
  PolicyTrainer,
  type PolicyTrainerOptions,
  type RolloutMetrics,
  type StepMetrics,
  type StepOptions,
} from "./policy-trainer.ts";
export { type Comparison, ReferencePolicy, type ReferencePolicyOptions } from "./reference-policy.ts";
export { createRewarder, type RetryOptions, type Rewarder } from "./rewarder.ts";
export {
  type AlignPrompt,
  type RollOutOptions,
  type Rollout,
  type RolloutBatch,
  rollOut,
} from "./rollout.ts";
export { type ScoredCandidates, scoreCandidates } from "./score-candidates.ts";
export {
  type CandidateSource,
  type CandidateView,
  drawInStages,
  type GiveUp,
  never,
  type StagedCandidate,
  type StageOptions,
} from "./staged-candidates.ts";
export type { ResponseTokens, TokenLayout, TokenShape } from "./token-layout.ts";
export { type BaseMoments, baseMoments } from "./utilities/base-moments.ts";
export { gdpoUtility } from "./utilities/gdpo.ts";
export {
  type LagrangianOptions,
  type LagrangianValue,
  lagrangianUtility,
} from "./utilities/lagrangian.ts";
export { objectiveUtility } from "./utilities/objective-utility.ts";
export { lscSumUtility, parUtility, type WeightedValue } from "./utilities/shaped-sums.ts";
export {
  globalReference,
  type StandardisedValue,
  standardisedValues,
} from "./utilities/standardised.ts";
export { weightedSumUtility } from "./utilities/weighted-sum.ts";
export { minUtility, softMinUtility } from "./utilities/worst-value.ts";
export { type ZScoredValue, zScoreSumUtility } from "./utilities/z-score-sum.ts";
export { type RewardedBatch, type Utility, utilitiesOf } from "./utility.ts";

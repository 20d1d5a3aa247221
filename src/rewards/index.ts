/**
 * Reward models: one number r(x, y) a response and value, learned from preferences, with what is known about how far to
 * trust it.
 * @module
 */
export { type FolderLock, type LockOptions, lockFolder } from "../io/folder-lock.ts";
export { createRandom, type Random } from "../stats/random.ts";
export { type AbsoluteReference, fitAbsoluteReference } from "./absolute-reference.ts";
export { bootstrapPairs } from "./bootstrap-pairs.ts";
export {
  CALIBRATION_BINS,
  type CalibrationBin,
  calibrationOf,
  expectedCalibrationError,
  fitTemperature,
  negativeLogLikelihood,
  perfectCalibrationError,
  reliabilityCurve,
  type Temperature,
} from "./calibration.ts";
export { Collection, type CollectionOptions } from "./collection/collection.ts";
export { JUDGEMENTS, type Judgement, type PlannedQuestion, type Question } from "./collection/question.ts";
export type { RoundRecord } from "./collection/round-record.ts";
export { type CommitteeOptions, fitCommittee, memberLogOdds, mutualInformation } from "./disagreement.ts";
export { averageWeights, type Combination, ensemble, type Member } from "./ensemble.ts";
export { DENSE_FEATURES, DIMENSION, FEATURE_MAP, featurise } from "./features.ts";
export { judgePairs } from "./judge-pairs.ts";
export { type LoadedModel, loadRewardModel, saveRewardModel } from "./model-directory.ts";
export { type ModelInfo, type NgramInfo, REWARD_FORMAT, type TransformerInfo } from "./model-info.ts";
export type { FitOptions, HashedPair } from "./ngram-fit.ts";
export { type NgramModel, ngramModel } from "./ngram-model.ts";
export { type ObjectiveModels, openObjective } from "./open-objective.ts";
export {
  type Accuracy,
  accuracyOf,
  type JudgedPair,
  type LengthBaseline,
  lengthDirection,
  type Resampling,
  type RewardQuality,
  rewardQuality,
} from "./quality.ts";
export { type EstimatorFit, fitEstimator } from "./reference-estimator.ts";
export {
  computeReferences,
  type PromptRewards,
  type ReferenceOptions,
  type ReferenceSamples,
  type References,
  referenceAt,
} from "./references.ts";
export type { RemoteDescription } from "./remote/description.ts";
export { loadRewardSource, openModelSpec, type RewardSource } from "./remote/load-source.ts";
export { type RemoteFault, RemoteRewardError } from "./remote/remote-error.ts";
export { remoteReward } from "./remote/remote-model.ts";
export { scaleWarnings } from "./remote/scale-check.ts";
export type { RewardItem, RewardModel } from "./reward-model.ts";
export { type ScoreFileOptions, type ScoreFileResult, scoreFile } from "./score-file.ts";
export type { SparseVector } from "./sparse.ts";
export { type TrainedModel, type TrainOptions, trainNgram } from "./train.ts";
export { saveTransformers } from "./transformer/directory.ts";
export { trainTransformer } from "./transformer/train.ts";
export type {
  TrainedTransformer,
  TransformerTraining,
  TransformerTrainOptions,
  TuningOptions,
} from "./transformer/training.ts";
export { type TransformerModel, transformerModel } from "./transformer/transformer-model.ts";
export type { Trunk } from "./transformer/trunk.ts";

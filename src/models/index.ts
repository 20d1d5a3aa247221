/**
 * Language models: the transformer, and its files: configs, weights and tokenizers, read from and written to Hugging
 * Face layout, and read from llama2.c's.
 * @module
 */
export { createRandom, type Random } from "../stats/random.ts";
export { type BpeOptions, trainBpe } from "./bpe-train.ts";
export type { PassOptions } from "./cached-pass.ts";
export { checkConfig, type SpecialTokenIds, type TransformerConfig } from "./config.ts";
export { CHAT_TEMPLATE, encodePrompt, encodeResponse, TURN_TOKENS } from "./dialogue.ts";
export { type HfConfig, type ModelType, parseHfConfig, toHfConfig } from "./hf-config.ts";
export { createHfTokenizer, type TokenizerFiles } from "./hf-tokenizer.ts";
export { loadTokenizer } from "./load-tokenizer.ts";
export { loadModel, type ModelFiles, saveModel } from "./model-files.ts";
export { type NetworkOptions, type Projection, weightValues } from "./network.ts";
export { randomStreams } from "./random-streams.ts";
export { openSafetensors, type TensorFile } from "./safetensors.ts";
export type { Dtype, TensorInfo } from "./safetensors-header.ts";
export { type OutTensor, type WriteDtype, writeSafetensors } from "./safetensors-writer.ts";
export {
  encodeStart,
  endTokens,
  openSampler,
  openScorer,
  sampleText,
  type TextSample,
  type TextSampleOptions,
} from "./sample-text.ts";
export { Sampler, type SamplerOptions } from "./sampler.ts";
export type { DrawnToken, Sample, SampleOptions, StopReason } from "./sequence.ts";
export { type ChoiceOptions, drawToken, filterTokens } from "./token-choice.ts";
export { TokenScorer } from "./token-scorer.ts";
export { type ChatMessage, checkVocabulary, decodeContinuation, type Tokenizer } from "./tokenizer.ts";
export { type Batch, type Batches, type BatchOptions, epochOrder } from "./training/batches.ts";
export { bucketLength } from "./training/buckets.ts";
export {
  type Checkpoint,
  hasCheckpoint,
  latestCheckpoint,
  loadSlots,
  type Position,
  saveCheckpoint,
} from "./training/checkpoint.ts";
export { type Documents, isHeldOut, type TrainingText, tokenise } from "./training/documents.ts";
export {
  createLearner,
  type Learner,
  type LearnerOptions,
  type LossFeeds,
  type LossGraph,
  type OptimiserOptions,
  type StepResult,
} from "./training/learner.ts";
export {
  type Adapter,
  adapterShapes,
  adapting,
  initialAdapter,
  loadAdapter,
  mergeAdapter,
  saveAdapter,
} from "./training/lora.ts";
export { type AdapterShape, LORA_TARGETS, type LoraTarget } from "./training/lora-shape.ts";
export { type BatchShape, nextTokenFeeds, nextTokenLoss } from "./training/next-token-loss.ts";
export { Pace } from "./training/pace.ts";
export { packedBatches } from "./training/packed-batches.ts";
export { paddedBatches } from "./training/padded-batches.ts";
export { learningRateAt, type ScheduleOptions } from "./training/schedule.ts";
export {
  type LanguageModelResult,
  type LanguageModelTraining,
  trainLanguageModel,
} from "./training/train-language-model.ts";
export { type Forward, type ForwardOptions, forward } from "./transformer.ts";
export { checkWeights, initialWeights, parameterCount, type Weights, weightShapes } from "./weights.ts";

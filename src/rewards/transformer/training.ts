/** What goes into the training of transformer reward models, and what comes out. */
import type { SessionOptions } from "../../engine/index.ts";
import type { ModelFiles, Tokenizer } from "../../models/index.ts";
import type { TransformerInfo } from "../model-info.ts";
import type { TransformerModel } from "./transformer-model.ts";
import type { Trunk } from "./trunk.ts";

export type TuningOptions = {
  /** At most this many passes over the pairs. Default 2. */
  epochs?: number;
  /** Pairs in an update. Default 16. */
  batch?: number;
  /** Default 1e-4. */
  learningRate?: number;
  /** Weight of the centring term. Default 0.01. */
  centring?: number;
};

export type TransformerTrainOptions = {
  seed: number;
  /** Keeps training to one half of all prompts, so that a judge can be trained on the other. */
  half?: 1 | 2;
  /** What reads the responses. */
  trunk: ModelFiles;
  tokenizer: Tokenizer;
  /** Hashes of the prompts that the trunk was trained on, where known: none may stand in the test part. */
  trunkPrompts?: ReadonlySet<string>;
  /** Longest sequence in tokens; the trunk's context if absent. */
  length?: number;
  /** False leaves out the n-gram model that a head is blended with. */
  ngram?: boolean;
  /** Trains the trunk too, from where the heads stand; by default it stays as it is. */
  tuning?: TuningOptions;
  session?: SessionOptions;
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
};

/** A model with all that is known about it before it is stored. */
export type TrainedTransformer = {
  model: TransformerModel;
  /** Hashes of the prompts that it was fitted on, ascending. */
  trainingPrompts: string[];
  info: Omit<TransformerInfo, "format" | "weights" | "prompts" | "data" | "trunk" | "base"> & {
    base: Pick<NonNullable<TransformerInfo["base"]>, "features" | "dimension" | "l2"> | null;
  };
};

export type TransformerTraining = { trunk: Trunk; models: TrainedTransformer[] };

/** A head, and what it says of training pairs that it was not fitted on. */
export type Judge = {
  head: Float32Array;
  /** Places among the task's training pairs. */
  unseen: readonly number[];
  /** Δ of each of them. */
  differences: Float64Array;
};

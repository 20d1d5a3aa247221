import type { SessionOptions } from "../../engine/index.ts";
import { InputError } from "../../io/errors.ts";
import { type ModelFiles, parameterCount, type Tokenizer } from "../../models/index.ts";
import type { PreferencePair } from "../../preferences/index.ts";
import { calibrationOf, fitTemperature } from "../calibration.ts";
import { DIMENSION, FEATURE_MAP } from "../features.ts";
import { groupedFolds } from "../folds.ts";
import { judgePairs } from "../judge-pairs.ts";
import type { TransformerInfo } from "../model-info.ts";
import { fitNgram, type HashedPair, type NgramFit } from "../ngram-fit.ts";
import { ngramModel } from "../ngram-model.ts";
import { lengthDirection, rewardQuality } from "../quality.ts";
import { parts, quartiles } from "../train.ts";
import { fitTransformer, type TransformerFit } from "./fit.ts";
import type { TokenPair } from "./pair-loss.ts";
import type { Pooling } from "./pooling.ts";
import { encodeItem } from "./sequence.ts";
import { type TransformerModel, transformerModel } from "./transformer-model.ts";
import { createTrunk, type Trunk } from "./trunk.ts";

export type TransformerTrainOptions = {
  seed: number;
  /** Keeps training to one half of all prompts, so that a judge can be trained on the other. */
  half?: 1 | 2;
  /** What training starts from. */
  trunk: ModelFiles;
  tokenizer: Tokenizer;
  /** Hashes of the prompts that the trunk was trained on, where known: none may stand in the test part. */
  trunkPrompts?: ReadonlySet<string>;
  /** Default `last`. */
  pooling?: Pooling;
  /** Longest sequence in tokens; the trunk's context if absent. */
  length?: number;
  /** Pairs in an update. Default 16. */
  batch?: number;
  /** At most this many passes over the pairs. Default 4. */
  epochs?: number;
  /** Default 5e-4. */
  learningRate?: number;
  /** Weight of the centring term. Default 0.01. */
  centring?: number;
  /** Fits on top of an n-gram model, whose reward is added: the transformer then learns what n-grams leave open. */
  onNgram?: boolean;
  session?: SessionOptions;
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
};

/** A model with all that is known about it before it is stored. */
export type TrainedTransformer = {
  model: TransformerModel;
  /** Hashes of the prompts that it was fitted on, ascending. */
  trainingPrompts: string[];
  info: Pick<
    TransformerInfo,
    | "kind"
    | "value"
    | "seed"
    | "half"
    | "training"
    | "heldOut"
    | "lengthBaseline"
    | "overLength"
    | "lengthStrata"
    | "prefersLonger"
    | "calibration"
    | "lengths"
  > & { base: Pick<NonNullable<TransformerInfo["base"]>, "features" | "dimension" | "l2"> | null };
};

export type TransformerTraining = { trunk: Trunk; models: TrainedTransformer[] };

/** One prompt in so many is cut off the training part, to say when to stop and to fit the temperature. */
const CUT = 8;

/**
 * Trains a Bradley–Terry head on a transformer, the transformer with it; pairs of several values share the transformer and
 * have a head each. 80 % of the prompts train (an eighth of them cut off for early stopping and temperature), 20 % test.
 *
 * @throws InputError where the pairs of a value are too few, the trunk has seen prompts of the test part, or training
 *   diverges
 */
export async function trainTransformer(
  pairs: readonly PreferencePair[],
  options: TransformerTrainOptions,
): Promise<TransformerTraining> {
  const { trunk: start, tokenizer, seed, pooling = "last", batch = 16, signal, onProgress } = options;
  const { learningRate = 5e-4, centring = 0.01, epochs = 4 } = options;
  const length = Math.min(options.length ?? start.config.context, start.config.context);
  const values = [...new Set(pairs.map(({ value }) => value))].sort();
  if (values.length === 0) throw new InputError({ problem: "there is no pair to train on" });
  onProgress?.("reading pairs");
  const tasks: Task[] = [];
  for (const [head, value] of values.entries()) {
    const own = pairs.filter((pair) => pair.value === value);
    tasks.push(await makeTask(own, { head, value, length }, options));
  }
  const shared = { batch, learningRate, centring };
  const fit = await fitTransformer(
    start,
    tasks.flatMap(({ train }) => train.map(({ tokens }) => tokens)),
    tasks.flatMap(({ cut }) => cut.map(({ tokens }) => tokens)),
    {
      ...shared,
      seed,
      heads: values.length,
      pooling,
      length,
      epochs,
      optimiser: { weightDecay: 0.01 },
      ...(options.session && { session: options.session }),
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    },
  );
  const model: ModelFiles = { ...start, weights: fit.weights };
  const trunk = createTrunk(model, tokenizer, {
    pooling,
    length,
    ...(options.session && { session: options.session }),
  });
  const models: TrainedTransformer[] = [];
  for (const [head, task] of tasks.entries()) {
    onProgress?.(`testing ${task.value}`);
    models.push(await finish(task, { trunk, head: fit.heads[head]!, fit, shared }, options));
  }
  return { trunk, models };
}

type Labelled = { pair: HashedPair; tokens: TokenPair; offset: number };

/** One value: its pairs, and the n-gram model below it. */
type Task = {
  value: string;
  train: Labelled[];
  cut: Labelled[];
  test: HashedPair[];
  base?: NgramFit;
};

async function makeTask(
  pairs: readonly PreferencePair[],
  { head, value, length }: { head: number; value: string; length: number },
  options: TransformerTrainOptions,
): Promise<Task> {
  const { seed, tokenizer, signal, onProgress } = options;
  const { train, test } = parts(pairs, options);
  refuseLeak(test, value, options.trunkPrompts);
  const base = options.onNgram
    ? await fitNgram(train, { seed, ...(signal && { signal }), ...(onProgress && { onProgress }) })
    : undefined;
  const fold = groupedFolds(
    train.map(({ promptHash }) => promptHash),
    CUT,
    seed,
  );
  const labelled = train.map((pair, i): Labelled => {
    // by the n-gram model that did not see this prompt: one that did would leave too little to learn
    const offset = base?.outOfFold[i] ?? 0;
    const encode = (response: string) => encodeItem(tokenizer, { prompt: pair.prompt, response }, length);
    const tokens: TokenPair = {
      chosen: encode(pair.chosen),
      rejected: encode(pair.rejected),
      head,
      margin: (pair.margin ?? 0) - offset,
      weight: pair.weight ?? 1,
    };
    return { pair, tokens, offset };
  });
  return {
    value,
    train: labelled.filter((_, i) => fold[i] !== 0),
    cut: labelled.filter((_, i) => fold[i] === 0),
    test,
    ...(base && { base }),
  };
}

function refuseLeak(test: readonly HashedPair[], value: string, seen: ReadonlySet<string> | undefined): void {
  const leaked = test.filter(({ promptHash }) => seen?.has(promptHash)).length;
  if (leaked === 0) return;
  throw new InputError({
    problem: `the trunk was trained on prompts of the test part of "${value}", so the test would be no evidence`,
    found: `${leaked} of ${test.length} pairs`,
    fix: "Train the trunk on the same file with the same --seed: lm train then leaves the test part alone",
  });
}

type Fitted = {
  trunk: Trunk;
  head: Float32Array;
  fit: TransformerFit;
  shared: { batch: number; learningRate: number; centring: number };
};

async function finish(
  { value, train, cut, test, base }: Task,
  { trunk, head, fit, shared }: Fitted,
  { seed, half, signal }: TransformerTrainOptions,
): Promise<TrainedTransformer> {
  const asked = signal && { signal };
  const own = transformerModel(value, value, { trunk, head });
  const onCut = await judgePairs(
    own,
    cut.map(({ pair }) => pair),
    { ...asked },
  );
  const temperature = fitTemperature(onCut.map(({ difference }, i) => difference + cut[i]!.offset));
  const ngram = base && ngramModel(`ngram of ${value}`, value, base.weights);
  const model = transformerModel(`transformer of ${value}`, value, {
    trunk,
    head,
    ...(ngram && { base: ngram }),
  });
  const judged = await judgePairs(model, test, { ...asked });
  const all = [...train, ...cut].map(({ pair }) => pair);
  const trainingPrompts = [...new Set(all.map(({ promptHash }) => promptHash))].sort();
  const direction = lengthDirection(
    all.map(({ chosen, rejected }) => ({ chosenLength: chosen.length, rejectedLength: rejected.length })),
  );
  return {
    model,
    trainingPrompts,
    info: {
      kind: "transformer",
      value,
      base: base === undefined ? null : { features: FEATURE_MAP, dimension: DIMENSION, l2: base.l2 },
      seed,
      ...(half !== undefined && { half }),
      training: {
        pairs: train.length,
        prompts: trainingPrompts.length,
        cutPairs: cut.length,
        ...shared,
        steps: fit.steps,
        keptStep: fit.step,
        measured: fit.measured,
      },
      ...rewardQuality(judged, direction, { seed }),
      calibration: { ...temperature, ...calibrationOf(judged, temperature.temperature) },
      lengths: quartiles(all.flatMap(({ chosen, rejected }) => [chosen.length, rejected.length])),
    },
  };
}

export const trunkParameters = ({ model }: Trunk): number => parameterCount(model.config);

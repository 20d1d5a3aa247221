/**
 * Tunes heads and trunk together by Bradley–Terry from fitted heads, and stops where a cut of the training part says so.
 * @module
 */
import { NonFiniteError, type SessionOptions, State, type Value } from "../../engine/index.ts";
import { InputError } from "../../io/errors.ts";
import {
  createLearner,
  type Learner,
  learningRateAt,
  type ModelFiles,
  type OptimiserOptions,
  Pace,
  weightShapes,
  weightValues,
} from "../../models/index.ts";
import { epochBatches, type PairBatch } from "./pair-batches.ts";
import { HEADS, pairFeeds, pairKey, pairLoss, type TokenPair } from "./pair-loss.ts";
import { type PassShape, pooledLength } from "./pooled-pass.ts";

export type TuneOptions = {
  seed: number;
  /** What the heads start from, one a value: the trunk is tuned from where it is of use already (Kumar et al. 2022). */
  heads: readonly Float32Array[];
  /** Longest sequence in tokens. */
  length: number;
  /** Pairs in an update. */
  batch: number;
  /** At most this many passes over the pairs. */
  epochs: number;
  learningRate: number;
  /** Weight of the centring term, see `pairLoss`. */
  centring: number;
  optimiser?: OptimiserOptions;
  session?: SessionOptions;
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
};

/** The loss on the cut after some updates, centring included. */
type Measured = { step: number; loss: number };

export type Tuned = {
  weights: Map<string, Float32Array>;
  /** One vector a value. */
  heads: Float32Array[];
  /** The update whose weights were kept; 0 where none was better than the start. */
  step: number;
  /** Updates made. */
  steps: number;
  measured: Measured[];
};

/** Measurements of the cut in one pass over the pairs. */
const PER_EPOCH = 4;
/** So many measurements in a row without a better one end the training. */
const PATIENCE = 6;

/**
 * @param train pairs to learn; @param cut pairs that say when to stop
 * @throws InputError where the loss is no longer finite
 */
export async function tuneTransformer(
  model: ModelFiles,
  train: readonly TokenPair[],
  cut: readonly TokenPair[],
  options: TuneOptions,
): Promise<Tuned> {
  const { config } = model;
  const state = new State(startValues(model, options.heads));
  const learner = createLearner<PassShape>({
    state,
    keyOf: pairKey,
    build: (shape) => pairLoss(config, shape, { heads: options.heads.length, centring: options.centring }),
    ...(options.optimiser && { optimiser: options.optimiser }),
    ...(options.session && { session: options.session }),
  });
  try {
    return await run({ state, learner, train, cut, names: [...weightShapes(config).keys(), HEADS] }, options);
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    throw new InputError(
      {
        problem: "training diverged: the loss or its gradient is not finite",
        found: String(error.value),
        fix: "Train with a lower learning rate",
      },
      { cause: error },
    );
  } finally {
    await learner.dispose();
  }
}

/** The arrays are copies, as training writes over them. */
function startValues({ config, weights }: ModelFiles, heads: readonly Float32Array[]): Record<string, Value> {
  const values = Object.entries(weightValues(config, weights)).map(([name, value]) => [
    name,
    { ...value, data: value.data.slice() } as Value,
  ]);
  const size = pooledLength(config);
  const matrix: Value = {
    dtype: "float32",
    shape: [size, heads.length],
    data: Float32Array.from(
      { length: size * heads.length },
      (_, i) => heads[i % heads.length]![Math.floor(i / heads.length)]!,
    ),
  };
  return { ...Object.fromEntries(values), [HEADS]: matrix };
}

type Run = {
  state: State;
  learner: Learner<PassShape>;
  train: readonly TokenPair[];
  cut: readonly TokenPair[];
  names: readonly string[];
};

async function run({ state, learner, train, cut, names }: Run, options: TuneOptions): Promise<Tuned> {
  const { batch: size, length, seed, epochs, signal, onProgress } = options;
  const perEpoch = Math.ceil(train.length / size);
  const steps = perEpoch * epochs;
  const every = Math.max(1, Math.round(perEpoch / PER_EPOCH));
  const schedule = { learningRate: options.learningRate, steps, warmup: Math.ceil(steps / 20) };
  const measure = () => cutLoss(learner, cut, options);
  const measured: Measured[] = [{ step: 0, loss: await measure() }];
  const pace = new Pace(steps);
  let kept = snapshot(state, names);
  let best = measured[0]!;
  let step = 0;
  const done = () => result(kept, { best, steps: step, measured, heads: options.heads.length });
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const batch of epochBatches(train, { size, length, seed, epoch })) {
      step += 1;
      pace.start();
      const { loss } = await learner.step([feedsOf(batch, size, options)], {
        step,
        learningRate: learningRateAt(step, schedule),
      });
      pace.stop(2 * batch.pairs.length * batch.length);
      onProgress?.(`step ${step}/${steps}, loss ${loss.toFixed(3)}, ${pace}`);
      signal?.throwIfAborted();
      if (step % every !== 0) continue;
      const found = { step, loss: await measure() };
      measured.push(found);
      if (found.loss < best.loss) {
        best = found;
        kept = snapshot(state, names);
      } else if (measured.length - measured.indexOf(best) > PATIENCE) return done();
    }
  }
  return done();
}

function feedsOf({ pairs, length }: PairBatch, size: number, options: TuneOptions) {
  return pairFeeds(pairs, { rows: 2 * size, length }, { heads: options.heads.length });
}

async function cutLoss(
  learner: Learner<PassShape>,
  cut: readonly TokenPair[],
  options: TuneOptions,
): Promise<number> {
  const { batch: size, length } = options;
  let sum = 0;
  let total = 0;
  for (const batch of epochBatches(cut, { size, length, seed: 0, epoch: 0 })) {
    const weight = batch.pairs.reduce((sum, pair) => sum + pair.weight, 0);
    if (weight === 0) continue;
    sum += weight * (await learner.loss(feedsOf(batch, size, options)));
    total += weight;
    options.signal?.throwIfAborted();
  }
  return sum / total;
}

const snapshot = (state: State, names: readonly string[]): Map<string, Float32Array> =>
  new Map(names.map((name) => [name, (state.get(name).data as Float32Array).slice()]));

function result(
  kept: Map<string, Float32Array>,
  { best, steps, measured, heads }: { best: Measured; steps: number; measured: Measured[]; heads: number },
): Tuned {
  const matrix = kept.get(HEADS)!;
  const columns = Array.from({ length: heads }, (_, k) => matrix.filter((_, i) => i % heads === k));
  const weights = new Map([...kept].filter(([name]) => name !== HEADS));
  return { weights, heads: columns, step: best.step, steps, measured };
}

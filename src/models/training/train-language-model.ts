/**
 * Trains a language model by next-token loss: batches, AdamW, held-out loss, metrics and checkpoints. A run that was killed
 * and goes on gives the same bytes as one that never was (on one machine, with one number of threads).
 * @module
 */
import { join } from "node:path";
import { z } from "zod";
import { NonFiniteError, type SessionOptions, State, type Value } from "../../engine/index.ts";
import { InputError } from "../../io/errors.ts";
import { type MetricsLog, openMetricsLog } from "../../io/metrics-log.ts";
import { createRandom } from "../../stats/random.ts";
import { loadModel, type ModelFiles, saveModel } from "../model-files.ts";
import { weightValues } from "../network.ts";
import { type Weights, weightShapes } from "../weights.ts";
import type { Batch, Batches } from "./batches.ts";
import { type Checkpoint, latestCheckpoint, loadSlots, saveCheckpoint } from "./checkpoint.ts";
import { createLearner, type Learner, type OptimiserOptions } from "./learner.ts";
import {
  type Adapter,
  adapterShapes,
  initialAdapter,
  loadAdapter,
  mergeAdapter,
  saveAdapter,
} from "./lora.ts";
import type { AdapterShape } from "./lora-shape.ts";
import {
  type BatchShape,
  batchKey,
  currentWeights,
  meanLoss,
  nextTokenFeeds,
  nextTokenLoss,
} from "./next-token-loss.ts";
import { Pace } from "./pace.ts";
import { learningRateAt, type ScheduleOptions } from "./schedule.ts";

/** Where a run stands. Orders of data follow from its seed and these numbers alone. */
const positionSchema = z.object({
  /** Updates done. */
  step: z.int().min(1),
  /** Batches of training data used. */
  batches: z.int().min(0),
  /** Held-out loss before the first update, in nats a token. */
  lossBefore: z.number(),
});
type RunPosition = z.output<typeof positionSchema>;

const latestTrainingCheckpoint = (folder: string): Promise<Checkpoint<RunPosition> | undefined> =>
  latestCheckpoint(folder, positionSchema);

export type LanguageModelTraining = {
  /** Where the run lives: checkpoints, metrics, and at the end the model. */
  folder: string;
  /** What training starts from. Its arrays are taken over, and written over unless an adapter is trained. */
  model: ModelFiles;
  /** Puts the tokenizer's files beside a model. */
  saveTokenizer: (folder: string) => Promise<void>;
  train: Batches;
  heldOut: readonly Batch[];
  schedule: ScheduleOptions;
  /** Batches whose gradients are summed for one update. Default 1. */
  accumulation?: number;
  optimiser?: OptimiserOptions;
  /** Trains an adapter instead of the weights. */
  lora?: AdapterShape;
  /** Of the adapter's start. */
  seed: number;
  /** Steps between measurements of the held-out loss. */
  evaluateEvery: number;
  checkpointEvery: number;
  session?: SessionOptions;
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
};

export type LanguageModelResult = {
  steps: number;
  heldOut: {
    tokens: number;
    /** Nats a token, before the first update and after the last. */
    lossBefore: number;
    lossAfter: number;
    /** exp(lossAfter) */
    perplexity: number;
  };
  /** Over the steps of this process; 0 where it had none to do. */
  tokensPerSecond: number;
};

/**
 * Trains, or goes on from the newest checkpoint in the run's folder, and writes the model there in Hugging Face layout; with
 * LoRA the merged model, and the adapter as `adapter.safetensors`.
 * @throws InputError where a loss is not finite (with the step; checkpoints stay), or a file can't be written or read; the
 *   signal's reason after a checkpoint
 */
export async function trainLanguageModel(options: LanguageModelTraining): Promise<LanguageModelResult> {
  const { folder, schedule } = options;
  const resumed = await latestTrainingCheckpoint(folder);
  const trainee = await startFrom(options, resumed);
  const learner = createLearner<BatchShape>({
    state: trainee.state,
    keyOf: batchKey,
    build: (shape) => nextTokenLoss(options.model.config, shape, options.lora),
    ...(options.optimiser && { optimiser: options.optimiser }),
    ...(options.session && { session: options.session }),
  });
  const log = await openMetricsLog(folder, resumed?.step ?? 0);
  try {
    const lossBefore = resumed?.lossBefore ?? (await heldOutLoss(options, learner, 0));
    const start: RunPosition = resumed ?? { step: 0, batches: 0, lossBefore };
    const tokensPerSecond = await steps(options, { learner, trainee, log, start });
    const lossAfter = await heldOutLoss(options, learner, schedule.steps);
    await trainee.saveResult(folder);
    const tokens = options.heldOut.reduce((sum, { learned }) => sum + learned, 0);
    return {
      steps: schedule.steps,
      heldOut: { tokens, lossBefore, lossAfter, perplexity: Math.exp(lossAfter) },
      tokensPerSecond,
    };
  } finally {
    await log.close();
    await learner.dispose();
  }
}

type Run = {
  learner: Learner<BatchShape>;
  trainee: Trainee;
  log: MetricsLog;
  start: RunPosition;
};

/** @returns tokens per second */
async function steps(options: LanguageModelTraining, { learner, trainee, log, start }: Run): Promise<number> {
  const { train, schedule, accumulation = 1, signal, onProgress } = options;
  const pace = new Pace(schedule.steps - start.step);
  let { batches, step } = start;
  while (step < schedule.steps) {
    step += 1;
    const parts = Array.from({ length: accumulation }, (_, i) => train.at(batches + i));
    batches += accumulation;
    const total = parts.reduce((sum, { learned }) => sum + learned, 0);
    const learningRate = learningRateAt(step, schedule);
    pace.start();
    const result = await guardLoss(options, step, () =>
      learner.step(
        parts.map((part) => nextTokenFeeds(part, total)),
        { step, learningRate },
      ),
    );
    pace.stop(parts.reduce((sum, { tokens }) => sum + tokens, 0));
    onProgress?.(`step ${step}/${schedule.steps}, loss ${result.loss.toFixed(3)}, ${pace}`);
    const evaluate = step % options.evaluateEvery === 0 && step < schedule.steps;
    const heldOutLoss_ = evaluate ? { heldOutLoss: await heldOutLoss(options, learner, step) } : {};
    await log.write(step, {
      ...result,
      learningRate,
      tokensPerSecond: pace.tokensPerSecond,
      ...heldOutLoss_,
    });
    if (step % options.checkpointEvery === 0 || step === schedule.steps || signal?.aborted) {
      // a checkpoint that can't go on would be no help, and would push out one that can
      await guardLoss(options, step + 1, () => learner.loss(nextTokenFeeds(train.at(batches))));
      onProgress?.(`step ${step}/${schedule.steps}, writing a checkpoint`);
      const { state, saveParts } = trainee;
      await saveCheckpoint(options.folder, { step, batches, lossBefore: start.lossBefore }, state, saveParts);
    }
    signal?.throwIfAborted();
  }
  return pace.tokensPerSecond;
}

function heldOutLoss(
  options: LanguageModelTraining,
  learner: Learner<BatchShape>,
  step: number,
): Promise<number> {
  options.onProgress?.(`step ${step}/${options.schedule.steps}, measuring the held-out loss`);
  return guardLoss(options, step, () => meanLoss(learner, options.heldOut));
}

/** Says at which step a loss was lost, and what is left. */
async function guardLoss<T>(
  { folder }: LanguageModelTraining,
  step: number,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    const kept = await latestTrainingCheckpoint(folder);
    throw new InputError(
      {
        problem: `training diverged at step ${step}: ${error.output === "loss" ? "the loss" : "the norm of the gradient"} is not finite`,
        found: String(error.value),
        fix: `Train with a lower learning rate or a longer warm-up. ${
          kept === undefined ? "There was no checkpoint yet" : `The last good checkpoint is ${kept.folder}`
        }`,
      },
      { cause: error },
    );
  }
}

/** What is trained: where its numbers are, and how it is written. */
type Trainee = {
  readonly state: State;
  /** Into a checkpoint. */
  saveParts(folder: string): Promise<void>;
  saveResult(folder: string): Promise<void>;
};

const ADAPTER = "adapter.safetensors";

async function startFrom(options: LanguageModelTraining, resumed: Checkpoint | undefined): Promise<Trainee> {
  const trainee = options.lora
    ? await adapterTrainee(options, options.lora, resumed)
    : await weightsTrainee(options, resumed);
  if (resumed !== undefined) await loadSlots(resumed, trainee.state);
  return trainee;
}

async function weightsTrainee(
  { model, saveTokenizer }: LanguageModelTraining,
  resumed: Checkpoint | undefined,
): Promise<Trainee> {
  const { config, tokens } = model;
  const weights: Weights = resumed === undefined ? model.weights : (await loadModel(resumed.folder)).weights;
  const state = new State(weightValues(config, weights));
  const save = async (folder: string) => {
    await saveTokenizer(folder);
    await saveModel(folder, { config, tokens, weights: currentWeights(state, weightShapes(config).keys()) });
  };
  return { state, saveParts: save, saveResult: save };
}

async function adapterTrainee(
  { model, saveTokenizer, seed }: LanguageModelTraining,
  shape: AdapterShape,
  resumed: Checkpoint | undefined,
): Promise<Trainee> {
  const { config, tokens, weights } = model;
  const start =
    resumed === undefined
      ? initialAdapter(config, shape, createRandom(seed))
      : await loadAdapter(join(resumed.folder, ADAPTER), config);
  const shapes = adapterShapes(config, shape);
  const values = [...shapes].map(([name, size]): [string, Value] => [
    name,
    { dtype: "float32", shape: size, data: start.weights.get(name)! },
  ]);
  const state = new State({ ...weightValues(config, weights), ...Object.fromEntries(values) });
  const adapter = (): Adapter => ({ ...shape, weights: currentWeights(state, shapes.keys()) });
  const saveParts = (folder: string) => saveAdapter(join(folder, ADAPTER), config, adapter());
  return {
    state,
    saveParts,
    async saveResult(folder) {
      await saveParts(folder);
      await saveTokenizer(folder);
      await saveModel(folder, { config, tokens, weights: mergeAdapter(config, weights, adapter()) });
    },
  };
}

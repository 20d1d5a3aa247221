import { type BenchmarkAccuracy, rewardBench } from "../../evaluate/index.ts";
import { InputError } from "../../io/errors.ts";
import { split } from "../../preferences/index.ts";
import {
  type Accuracy,
  accuracyOf,
  calibrationOf,
  type JudgedPair,
  judgePairs,
  type LoadedModel,
  lengthDirection,
  loadRewardSource,
  type RewardModel,
  type RewardQuality,
  rewardQuality,
} from "../../rewards/index.ts";
import type { Context } from "../command.ts";
import { type Dataset, readDatasets } from "./datasets.ts";

/** `unseen`: prompts that the model was not trained on; `test`: of these, its test part; `all`: seen ones too. */
type Part = "unseen" | "test" | "all";

export type EvalCommandOptions = {
  model: string[];
  data: string[];
  part: Part;
  format?: string;
  skipBad?: boolean;
  /** Folder for `evaluation.json` and `report.html`. */
  out?: string;
  seed: number;
};

/** A remote reward or a function was not trained here: it has seen no prompt, as far as we know, and its T is 1. */
type EvaluatedModel = RewardModel & { trained?: LoadedModel };

async function loadModel(path: string): Promise<EvaluatedModel> {
  const source = await loadRewardSource(path);
  return { ...source.model, ...(source.kind === "directory" && { trained: source.model }) };
}

/** A model on pairs of its own value. */
type ModelEvaluation = RewardQuality & {
  model: string;
  value: string;
  data: string;
  /** Pairs at prompts that the model was trained on: left out, unless the part is `all`. */
  seen: number;
  calibration: { temperature: number } & ReturnType<typeof calibrationOf>;
};

/** Accuracy of one model on the pairs of one value. */
type Cell = Accuracy & {
  model: string;
  directory: string;
  pairsOf: string;
  data: string;
  seen: number;
};

export type EvalResult = Partial<ModelEvaluation> & {
  part: Part;
  bad: number;
  models: ModelEvaluation[];
  matrix: Cell[];
  benchmark: (BenchmarkAccuracy & { model: string })[];
};

/**
 * Every model on every file. A model's own file is the one of its value, or the only one; with one model its numbers stand
 * at the top of the result too.
 */
export async function evaluateRewards(options: EvalCommandOptions, context: Context): Promise<EvalResult> {
  const { signal, progress } = context;
  const models = await Promise.all(options.model.map(loadModel));
  progress.show("reading pairs");
  const { datasets, bad } = await readDatasets(options.data, models, {
    ...(options.format !== undefined && { format: options.format }),
    ...(options.skipBad && { skipBad: true }),
    signal,
  });
  if (bad > 0) context.note(`${bad} bad rows skipped`);
  if (datasets.length === 0) {
    throw new InputError({
      problem: "no pair to evaluate on: none says which of two different responses is better",
      file: options.data.join(", "),
      fix: 'Give other pairs; "allgood data inspect FILE" counts what is left out and why',
    });
  }
  const result: EvalResult = { part: options.part, bad, models: [], matrix: [], benchmark: [] };
  const judged: Judged[][] = [];
  for (const dataset of datasets) {
    progress.show(`scoring ${dataset.label}`);
    judged.push(await judge(models, dataset, options.part, signal));
  }
  for (const [m, model] of models.entries()) {
    for (const [d, dataset] of datasets.entries()) {
      progress.show(`${model.name} on ${dataset.label}`);
      const found = judged[d]![m]!;
      if (found.pairs.length > 0)
        add(result, model, dataset, found, { models, datasets, seed: options.seed });
      else if (models.length * datasets.length === 1) throw nothingLeft(model, dataset, options.part);
      else context.note(`${model.name}: no pair of ${dataset.label} is left, all were used in training`);
    }
  }
  return { ...(models.length === 1 && result.models.length === 1 && result.models[0]), ...result };
}

type Judged = { pairs: (JudgedPair & { subset?: string })[]; seen: number };

/** Pairs that all models judge before the next ones come, while their features are remembered. */
const CHUNK = 1000;

async function judge(
  models: readonly EvaluatedModel[],
  { pairs }: Dataset,
  part: Part,
  signal: AbortSignal,
): Promise<Judged[]> {
  const judged = models.map((): Judged => ({ pairs: [], seen: 0 }));
  for (let from = 0; from < pairs.length; from += CHUNK) {
    const chunk = pairs.slice(from, from + CHUNK);
    for (const [m, model] of models.entries()) {
      const isSeen = ({ promptHash }: { promptHash: string }) =>
        model.trained?.trainingPrompts.has(promptHash) === true;
      const isTest = ({ promptHash }: { promptHash: string }) =>
        model.trained === undefined || split(promptHash, model.trained.info.seed) === "test";
      const kept = chunk.filter(
        (pair) => part === "all" || (!isSeen(pair) && (part === "unseen" || isTest(pair))),
      );
      const found = await judgePairs(model, kept, { signal });
      judged[m]!.pairs.push(...found.map((pair, i) => withSubset(pair, kept[i]!.subset)));
      judged[m]!.seen += chunk.filter(isSeen).length;
    }
  }
  return judged;
}

const withSubset = (pair: JudgedPair, subset: string | undefined) =>
  subset === undefined ? pair : { ...pair, subset };

type Round = { models: readonly EvaluatedModel[]; datasets: readonly Dataset[]; seed: number };

function add(
  result: EvalResult,
  model: EvaluatedModel,
  dataset: Dataset,
  { pairs, seen }: Judged,
  round: Round,
): void {
  const { models, datasets, seed } = round;
  const temperature = model.trained?.info.calibration.temperature ?? 1;
  const name = nameOf(model, models);
  result.matrix.push({
    model: name,
    directory: model.name,
    pairsOf: dataset.label,
    data: dataset.file,
    ...accuracyOf(pairs, { seed }),
    seen,
  });
  if (dataset.label === model.value || datasets.length === 1) {
    const direction = model.trained?.info.lengthBaseline.direction ?? lengthDirection(pairs);
    result.models.push({
      model: model.name,
      value: model.value,
      data: dataset.file,
      seen,
      ...rewardQuality(pairs, direction, { seed }),
      calibration: { temperature, ...calibrationOf(pairs, temperature) },
    });
  }
  const rows = pairs.flatMap(({ subset, ...pair }) => (subset === undefined ? [] : [{ ...pair, subset }]));
  if (rows.length > 0) {
    result.benchmark.push(...rewardBench(rows, { seed }).map((row) => ({ model: name, ...row })));
  }
}

/** The value, or the folder too where several models have it. */
function nameOf(model: EvaluatedModel, models: readonly EvaluatedModel[]): string {
  const same = models.filter(({ value }) => value === model.value).length;
  return same === 1 ? model.value : `${model.value} (${model.name})`;
}

function nothingLeft(model: EvaluatedModel, dataset: Dataset, part: Part): InputError {
  return new InputError({
    problem: "no pair is left to evaluate on",
    file: dataset.file,
    found: `${dataset.pairs.length} pairs, none of them ${part === "test" ? "in the test part of" : "unseen by"} ${model.name}`,
    fix: "Give other pairs, or --part all to count those seen in training too",
  });
}

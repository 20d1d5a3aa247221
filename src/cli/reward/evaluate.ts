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
  loadRewardModel,
  type RewardQuality,
  rewardQuality,
} from "../../rewards/index.ts";
import type { Context } from "../command.ts";
import { type Dataset, readDatasets } from "./datasets.ts";

/** `unseen`: prompts that the model was not trained on; `test`: of these, its test part; `all`: seen ones too. */
export type Part = "unseen" | "test" | "all";

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

/** A model on pairs of its own value. */
export type ModelEvaluation = RewardQuality & {
  model: string;
  value: string;
  data: string;
  /** Pairs at prompts that the model was trained on: left out, unless the part is `all`. */
  seen: number;
  calibration: { temperature: number } & ReturnType<typeof calibrationOf>;
};

/** Accuracy of one model on the pairs of one value. */
export type Cell = Accuracy & {
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
  const models = await Promise.all(options.model.map(loadRewardModel));
  progress.show("reading pairs");
  const { datasets, bad } = await readDatasets(options.data, models, {
    ...(options.format !== undefined && { format: options.format }),
    ...(options.skipBad && { skipBad: true }),
    signal,
  });
  if (bad > 0) context.note(`${bad} bad rows skipped`);
  const result: EvalResult = { part: options.part, bad, models: [], matrix: [], benchmark: [] };
  for (const model of models) {
    for (const dataset of datasets) {
      progress.show(`${model.name} on ${dataset.label}`);
      const judged = await judge(model, dataset, options.part, signal);
      if (judged.pairs.length > 0)
        add(result, model, dataset, judged, { models, datasets, seed: options.seed });
      else if (models.length * datasets.length === 1) throw nothingLeft(model, dataset, options.part);
      else context.note(`${model.name}: no pair of ${dataset.label} is left, all were used in training`);
    }
  }
  return { ...(models.length === 1 && result.models.length === 1 && result.models[0]), ...result };
}

type Judged = { pairs: (JudgedPair & { subset?: string })[]; seen: number };

async function judge(model: LoadedModel, dataset: Dataset, part: Part, signal: AbortSignal): Promise<Judged> {
  const isSeen = ({ promptHash }: { promptHash: string }) => model.trainingPrompts.has(promptHash);
  const kept = dataset.pairs.filter(
    (pair) =>
      part === "all" ||
      (!isSeen(pair) && (part === "unseen" || split(pair.promptHash, model.info.seed) === "test")),
  );
  const judged = await judgePairs(model, kept, { signal });
  return {
    pairs: judged.map((pair, i) => ({
      ...pair,
      ...(kept[i]!.subset !== undefined && { subset: kept[i]!.subset }),
    })),
    seen: dataset.pairs.filter(isSeen).length,
  };
}

type Round = { models: readonly LoadedModel[]; datasets: readonly Dataset[]; seed: number };

function add(
  result: EvalResult,
  model: LoadedModel,
  dataset: Dataset,
  { pairs, seen }: Judged,
  round: Round,
): void {
  const { models, datasets, seed } = round;
  const { temperature } = model.info.calibration;
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
    result.models.push({
      model: model.name,
      value: model.value,
      data: dataset.file,
      seen,
      ...rewardQuality(pairs, model.info.lengthBaseline.direction, { seed }),
      calibration: { temperature, ...calibrationOf(pairs, temperature) },
    });
  }
  const rows = pairs.flatMap(({ subset, ...pair }) => (subset === undefined ? [] : [{ ...pair, subset }]));
  if (rows.length > 0) {
    result.benchmark.push(...rewardBench(rows, { seed }).map((row) => ({ model: name, ...row })));
  }
}

/** The value, or the folder too where several models have it. */
function nameOf(model: LoadedModel, models: readonly LoadedModel[]): string {
  const same = models.filter(({ value }) => value === model.value).length;
  return same === 1 ? model.value : `${model.value} (${model.name})`;
}

function nothingLeft(model: LoadedModel, dataset: Dataset, part: Part): InputError {
  return new InputError({
    problem: "no pair is left to evaluate on",
    file: dataset.file,
    found: `${dataset.pairs.length} pairs, none of them ${part === "test" ? "in the test part of" : "unseen by"} ${model.name}`,
    fix: "Give other pairs, or --part all to count those seen in training too",
  });
}

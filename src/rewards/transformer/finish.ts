import { softplus } from "../../objective/index.ts";
import { clusteredMean } from "../../stats/bootstrap.ts";
import { calibrationOf, fitTemperature, type Temperature } from "../calibration.ts";
import { DIMENSION, FEATURE_MAP } from "../features.ts";
import { judgePairs } from "../judge-pairs.ts";
import type { TransformerInfo } from "../model-info.ts";
import { ngramModel } from "../ngram-model.ts";
import { accuracyOf, type JudgedPair, lengthDirection, rewardQuality } from "../quality.ts";
import { quartiles } from "../train.ts";
import { type Blend, fitBlend } from "./blend.ts";
import type { Task } from "./task.ts";
import type { Judge, TrainedTransformer, TransformerTrainOptions } from "./training.ts";
import { type TransformerModel, transformerModel } from "./transformer-model.ts";
import type { Trunk } from "./trunk.ts";
import type { TuningResult } from "./tuned-heads.ts";

/** Blends a head with the n-gram model, fits the temperature, and tests. */
export async function finish(
  task: Task,
  { trunk, judge, tuning }: { trunk: Trunk; judge: Judge; tuning?: TuningResult },
  { seed, half, signal }: Pick<TransformerTrainOptions, "seed" | "half" | "signal">,
): Promise<TrainedTransformer> {
  const { value, train, test, fit, ngram } = task;
  const blend = ngram && blendOf(task, judge);
  const unseen = judge.differences.map((difference, k) =>
    blend === undefined
      ? difference
      : blend.transformer * difference + blend.ngram * ngram!.outOfFold[judge.unseen[k]!]!,
  );
  const temperature = fitTemperature(unseen);
  const model = blendedModel(task, trunk, judge.head, blend);
  const judged = await judgePairs(model, test, { ...(signal && { signal }) });
  const trainingPrompts = [...new Set(train.map(({ promptHash }) => promptHash))].sort();
  const direction = lengthDirection(
    train.map(({ chosen, rejected }) => ({ chosenLength: chosen.length, rejectedLength: rejected.length })),
  );
  return {
    model,
    trainingPrompts,
    info: {
      kind: "transformer",
      value,
      base: ngram === undefined ? null : { features: FEATURE_MAP, dimension: DIMENSION, l2: ngram.l2 },
      seed,
      ...(half !== undefined && { half }),
      training: {
        pairs: train.length,
        prompts: trainingPrompts.length,
        l2: fit.l2,
        crossValidation: fit.crossValidation,
        blend: blend ?? null,
        tuning: tuning ?? null,
      },
      ...rewardQuality(judged, direction, { seed }),
      parts: await partsOf(task, { trunk, head: judge.head, judged, blended: temperature }, seed, signal),
      calibration: { ...temperature, ...calibrationOf(judged, temperature.temperature) },
      lengths: quartiles(train.flatMap(({ chosen, rejected }) => [chosen.length, rejected.length])),
    },
  };
}

function blendOf({ pooled, ngram }: Task, { unseen, differences }: Judge): Blend {
  return fitBlend(
    Float64Array.from(unseen, (i) => ngram!.outOfFold[i]!),
    differences,
    {
      margins: Float64Array.from(unseen, (i) => pooled[i]!.margin),
      counts: Float64Array.from(unseen, (i) => pooled[i]!.weight),
    },
  );
}

/** The weights of the blend are multiplied into its parts. */
function blendedModel(
  { value, ngram }: Task,
  trunk: Trunk,
  head: Float32Array,
  blend: Blend | undefined,
): TransformerModel {
  const name = `transformer of ${value}`;
  if (ngram === undefined || blend === undefined) return transformerModel(name, value, { trunk, head });
  return transformerModel(name, value, {
    trunk,
    head: head.map((x) => x * blend.transformer),
    base: ngramModel(
      `ngram of ${value}`,
      value,
      ngram.weights.map((x) => x * blend.ngram),
    ),
  });
}

/** How each part does alone on the test part, and what the blend has over the n-gram model, on the same resamples. */
async function partsOf(
  { value, test, ngram }: Task,
  {
    trunk,
    head,
    judged,
    blended,
  }: { trunk: Trunk; head: Float32Array; judged: readonly JudgedPair[]; blended: Temperature },
  seed: number,
  signal: AbortSignal | undefined,
): Promise<TransformerInfo["parts"]> {
  if (ngram === undefined) return null;
  const asked = { ...(signal && { signal }) };
  const own = await judgePairs(transformerModel(value, value, { trunk, head }), test, asked);
  const base = await judgePairs(ngramModel(value, value, ngram.weights), test, asked);
  const temperature = fitTemperature(ngram.outOfFold).temperature;
  const won = ({ difference }: JudgedPair) => (difference > 0 ? 1 : difference === 0 ? 0.5 : 0);
  return {
    ngram: accuracyOf(base, { seed }),
    transformer: accuracyOf(own, { seed }),
    overNgram: clusteredMean(
      judged.map((pair, i) => won(pair) - won(base[i]!)),
      judged.map(({ promptHash }) => promptHash),
      { seed },
    ),
    likelihoodGain: clusteredMean(
      judged.map(
        ({ difference }, i) =>
          softplus(-base[i]!.difference / temperature) - softplus(-difference / blended.temperature),
      ),
      judged.map(({ promptHash }) => promptHash),
      { seed },
    ),
  };
}

import { InputError, show } from "../io/errors.ts";
import { quantile } from "../objective/index.ts";
import { half, type PreferencePair, promptHash, split } from "../preferences/index.ts";
import { calibrationOf, fitTemperature } from "./calibration.ts";
import { DIMENSION, FEATURE_MAP } from "./features.ts";
import { judgePairs } from "./judge-pairs.ts";
import type { NgramInfo } from "./model-info.ts";
import { type FitOptions, fitNgram, type HashedPair } from "./ngram-fit.ts";
import { type NgramModel, ngramModel } from "./ngram-model.ts";
import { lengthDirection, rewardQuality } from "./quality.ts";

export type TrainOptions = FitOptions & {
  /** Keeps training to one half of all prompts, so that a judge can be trained on the other. */
  half?: 1 | 2;
};

/** A model with all that is known about it before it is stored. */
export type TrainedModel = {
  model: NgramModel;
  /** Hashes of the prompts that it was fitted on, ascending. */
  trainingPrompts: string[];
  info: Omit<NgramInfo, "format" | "weights" | "prompts" | "data">;
};

/** Fewer prompts than this can't be cut into five folds and a test part. */
const LEAST_PROMPTS = 10;

/**
 * Trains an n-gram Bradley–Terry model: 80 % of the prompts to fit, to choose the penalty and to fit the temperature
 * (both by cross-validation within them), 20 % to test.
 *
 * @param pairs of one value
 * @throws InputError where the pairs are of several values, or too few
 */
export async function trainNgram(
  pairs: readonly PreferencePair[],
  options: TrainOptions,
): Promise<TrainedModel> {
  const value = onlyValue(pairs);
  const { train, test } = parts(pairs, options);
  const fit = await fitNgram(train, options);
  const model = ngramModel(`ngram of ${value}`, value, fit.weights);
  options.onProgress?.("testing");
  const { signal, seed } = options;
  const judged = await judgePairs(model, test, { ...(signal && { signal }) });
  const temperature = fitTemperature(fit.outOfFold);
  const direction = lengthDirection(
    train.map(({ chosen, rejected }) => ({ chosenLength: chosen.length, rejectedLength: rejected.length })),
  );
  const trainingPrompts = [...new Set(train.map(({ promptHash }) => promptHash))].sort();
  return {
    model,
    trainingPrompts,
    info: {
      kind: "ngram",
      value,
      features: FEATURE_MAP,
      dimension: DIMENSION,
      seed,
      ...(options.half !== undefined && { half: options.half }),
      lengthControl: options.lengthControl === true,
      l2: fit.l2,
      training: {
        pairs: train.length,
        prompts: trainingPrompts.length,
        crossValidation: fit.crossValidation,
        iterations: fit.iterations,
        gradientNorm: fit.gradientNorm,
      },
      ...rewardQuality(judged, direction, { seed }),
      calibration: { ...temperature, ...calibrationOf(judged, temperature.temperature) },
      lengths: quartiles(train.flatMap(({ chosen, rejected }) => [chosen.length, rejected.length])),
    },
  };
}

function onlyValue(pairs: readonly PreferencePair[]): string {
  const values = [...new Set(pairs.map(({ value }) => value))];
  if (values.length === 1) return values[0]!;
  throw new InputError(
    values.length === 0
      ? { problem: "there is no pair to train on" }
      : {
          problem: "a reward model is of one value, and these pairs are of several",
          found: values.map(show).join(", "),
          fix: "Name the value that you want",
        },
  );
}

/** The pairs to train and to test on, by the hash of their prompts. @throws InputError where they are too few */
export function parts(
  pairs: readonly PreferencePair[],
  { seed, half: part }: Pick<TrainOptions, "seed" | "half">,
): { train: HashedPair[]; test: HashedPair[] } {
  const hashed = pairs.map((pair) => ({ ...pair, promptHash: promptHash(pair.prompt) }));
  const train = hashed.filter(
    ({ promptHash }) =>
      split(promptHash, seed) === "train" && (part === undefined || half(promptHash, seed) === part),
  );
  const test = hashed.filter(({ promptHash }) => split(promptHash, seed) === "test");
  const prompts = new Set(train.map(({ promptHash }) => promptHash)).size;
  const counts = train.length === 0 || train.some(({ weight }) => weight !== 0);
  if (prompts < LEAST_PROMPTS || test.length === 0 || !counts) {
    throw new InputError({
      problem: "there are too few pairs to train and test a reward model",
      found: `${prompts} prompts to train on, ${test.length} pairs to test on${counts ? "" : ", all of weight 0"}`,
      expected: `at least ${LEAST_PROMPTS} prompts and 1 pair`,
      fix: "Give more data (80 % of the prompts train, 20 % test)",
    });
  }
  return { train, test };
}

/** Quartiles of lengths. */
export function quartiles(lengths: readonly number[]): NgramInfo["lengths"] {
  return { q25: quantile(lengths, 0.25), median: quantile(lengths, 0.5), q75: quantile(lengths, 0.75) };
}

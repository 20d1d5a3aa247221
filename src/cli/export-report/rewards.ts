/**
 * Reward models: what `reward eval` found (`evaluation.json`), and one model's own held-out quality (`model.json`).
 * @module
 */
import { join } from "node:path";
import { z } from "zod";
import { decimal, withInterval } from "../../report/format.ts";
import { type BenchmarkRow, type Crossing, type RewardEvaluation, rewardReport } from "../../report/index.ts";
import { readChecked, rewardModelSchema } from "../../serve/studio/run-file.ts";
import { VERSION } from "../version.ts";
import { estimated, type Measure, of, type RunSummary } from "./summary.ts";

const interval = z.tuple([z.number(), z.number()]);
const accuracy = z.looseObject({ pairs: z.number(), accuracy: z.number(), ci95: interval });
const schema = z.looseObject({
  part: z.string(),
  bad: z.number(),
  models: z.array(
    z.looseObject({
      model: z.string(),
      value: z.string(),
      heldOut: accuracy,
      lengthBaseline: z.looseObject({ accuracy: z.number() }).optional(),
      overLength: z.looseObject({ value: z.number(), ci95: interval }).optional(),
      calibration: z
        .looseObject({ temperature: z.number(), eceBefore: z.number(), eceAfter: z.number() })
        .optional(),
    }),
  ),
  matrix: z.array(z.looseObject({ ...accuracy.shape, model: z.string(), pairsOf: z.string() })),
  benchmark: z.array(z.looseObject({ ...accuracy.shape, model: z.string(), section: z.string() })),
});

export async function evaluationSummary(folder: string): Promise<RunSummary> {
  const file = join(folder, "evaluation.json");
  const { part, bad, models, matrix, benchmark } = await readChecked(file, schema);
  const rewards = models as unknown as RewardEvaluation[];
  const crossed = matrix.filter(({ model, pairsOf }) => model !== pairsOf);
  return {
    ...about(rewards),
    kind: "reward evaluation",
    facts: [
      ["models", String(models.length)],
      ["pairs", part],
      ["bad rows", String(bad)],
    ],
    measures: [
      ...qualityMeasures(rewards),
      ...crossed.map(({ model, pairsOf, accuracy: value, ci95 }) =>
        estimated(
          of("crossing", model, pairsOf),
          { value, ci95 },
          "accuracy of one value's model on another's pairs",
        ),
      ),
      ...benchmark.map(({ model, section, accuracy: value, ci95 }) =>
        estimated(of("benchmark", model, section), { value, ci95 }, "accuracy in RewardBench form"),
      ),
    ],
    html: () =>
      rewardReport({
        models: rewards,
        crossing: matrix as unknown as Crossing[],
        benchmark: benchmark as unknown as BenchmarkRow[],
        made: `allgood ${VERSION}, pairs: ${part}`,
      }),
  };
}

export async function rewardModelSummary(folder: string): Promise<RunSummary> {
  const { value, kind, heldOut, lengthBaseline, overLength, calibration } = await readChecked(
    join(folder, "model.json"),
    rewardModelSchema.extend({
      calibration: z.looseObject({ temperature: z.number(), eceBefore: z.number(), eceAfter: z.number() }),
    }),
  );
  const model: RewardEvaluation = {
    ...{ model: folder, value, heldOut, lengthBaseline, calibration },
    ...(overLength !== undefined && { overLength }),
  };
  return {
    ...about([model]),
    kind: "reward model",
    facts: [["model", kind]],
    measures: qualityMeasures([model]),
    html: () => rewardReport({ models: [model], made: `allgood ${VERSION}, the model's own held-out pairs` }),
  };
}

function about(
  models: readonly RewardEvaluation[],
): Pick<RunSummary, "title" | "goal" | "table" | "warnings"> {
  const names = models.map(({ value }) => value).join(", ");
  return {
    title: `${models.length === 1 ? "Reward model" : "Reward models"} of ${names}`,
    goal: null,
    table: {
      header: ["value", "accuracy", "length alone", "calibration error", "pairs"],
      rows: models.map(({ value, heldOut, lengthBaseline, calibration }) => [
        value,
        withInterval({ value: heldOut.accuracy, ci95: heldOut.ci95 }),
        lengthBaseline === undefined ? "–" : decimal(lengthBaseline.accuracy),
        calibration === undefined ? "–" : calibration.eceAfter.toFixed(3),
        String(heldOut.pairs),
      ]),
    },
    warnings: models.flatMap(({ value, heldOut, overLength }) => [
      ...(heldOut.ci95[0] <= 0.5 ? [`${value}: the accuracy is not told apart from a coin.`] : []),
      ...(overLength !== undefined && overLength.ci95[0] <= 0
        ? [`${value}: not clearly better than choosing by length alone.`]
        : []),
    ]),
  };
}

/** Accuracy and calibration of each value's model. */
export function qualityMeasures(models: readonly RewardEvaluation[]): Measure[] {
  return models.flatMap(({ value, heldOut, lengthBaseline, overLength, calibration }): Measure[] => [
    estimated(
      of("accuracy", value),
      { value: heldOut.accuracy, ci95: heldOut.ci95 },
      "share of held-out pairs ordered as people did",
    ),
    ...(lengthBaseline === undefined
      ? []
      : [
          {
            name: of("length_accuracy", value),
            value: lengthBaseline.accuracy,
            about: "the same by length alone",
          },
        ]),
    ...(overLength === undefined
      ? []
      : [estimated(of("over_length", value), overLength, "accuracy less that of length alone, paired")]),
    ...(calibration === undefined
      ? []
      : [
          {
            name: of("ece", value),
            value: calibration.eceAfter,
            about: "expected calibration error at the fitted T",
          },
          { name: of("temperature", value), value: calibration.temperature, about: "fitted T" },
        ]),
  ]);
}

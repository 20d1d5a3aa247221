/**
 * Pictures of how good reward models are: accuracy, crossing, length, benchmarks.
 * @module
 */
import { intervalPlot } from "./charts/interval-plot.ts";
import { matrix } from "./charts/matrix.ts";
import { figure } from "./figure.ts";
import { decimal, whole, withInterval } from "./format.ts";
import type { Html } from "./html.ts";
import type { Accuracy, BenchmarkRow, Crossing, RewardEvaluation } from "./reward-types.ts";
import { label, listing, plural } from "./text.ts";

export const estimate = ({ accuracy, ci95 }: Pick<Accuracy, "accuracy" | "ci95">) => ({
  value: accuracy,
  ci95,
});

/** Held-out accuracy of each model beside choosing by length. */
export function accuracies(models: readonly RewardEvaluation[]): Html | null {
  if (models.length === 0) return null;
  const baselines = models.flatMap(({ value, lengthBaseline }) =>
    lengthBaseline === undefined
      ? []
      : [
          {
            value,
            estimate: {
              value: lengthBaseline.accuracy,
              ci95: lengthBaseline.ci95 ?? point(lengthBaseline.accuracy),
            },
          },
        ],
  );
  const rows = models.flatMap((model) => [
    { label: "reward model", estimate: estimate(model.heldOut), group: model.value, colour: "a" as const },
    ...baselines
      .filter(({ value }) => value === model.value)
      .slice(0, 1)
      .map((baseline) => ({
        label: "length alone",
        estimate: baseline.estimate,
        group: model.value,
        colour: "b" as const,
        hollow: true,
      })),
  ]);
  return figure({
    title: accuracyTitle(models),
    caption:
      "How often the model gives the preferred response of a held-out pair the higher reward, with the 95 % interval over prompts; a tie counts half. “Length alone” always prefers the longer response, or always the shorter, whichever was right more often in training. A coin is right half the time.",
    alternative: `Held-out accuracy. ${models
      .map(
        ({ value, heldOut, lengthBaseline }) =>
          `${label(value)}: ${withInterval(estimate(heldOut))} on ${plural(heldOut.pairs, "pair")}${lengthBaseline === undefined ? "" : `, length alone ${decimal(lengthBaseline.accuracy)}`}`,
      )
      .join("; ")}.`,
    draw: (width, alternative) =>
      intervalPlot(
        { rows, measure: "held-out accuracy", line: { at: 0.5, label: "a coin" } },
        width,
        alternative,
      ),
    numbers: {
      columns: [
        { title: "Value" },
        { title: "Model" },
        { title: "Pairs", numeric: true },
        { title: "Accuracy", numeric: true },
        { title: "Length alone", numeric: true },
      ],
      rows: models.map(({ value, model, heldOut, lengthBaseline }) => [
        value,
        model,
        whole(heldOut.pairs),
        withInterval(estimate(heldOut)),
        lengthBaseline === undefined ? "" : decimal(lengthBaseline.accuracy),
      ]),
    },
  });
}

const point = (x: number): [number, number] => [x, x];

/** Whether the model is right more often than length alone, beyond chance: by the paired difference where it is known. */
export function beatsLength({ heldOut, lengthBaseline, overLength }: RewardEvaluation): boolean {
  if (overLength !== undefined) return overLength.ci95[0] > 0;
  return lengthBaseline !== undefined && heldOut.ci95[0] > lengthBaseline.accuracy;
}

function accuracyTitle(models: readonly RewardEvaluation[]): string {
  const withBaseline = models.filter(({ lengthBaseline }) => lengthBaseline !== undefined);
  const beat = withBaseline.filter(beatsLength);
  if (withBaseline.length === 0) return "Accuracy on pairs that the models never saw";
  if (beat.length === withBaseline.length) {
    return models.length === 1
      ? `The model of ${label(models[0]!.value, 24)} is right more often than length alone`
      : "Every model is right more often than length alone";
  }
  const failing = withBaseline.filter((model) => !beat.includes(model)).map(({ value }) => label(value, 24));
  return `Not clearly better than length alone: ${listing(failing)}`;
}

/** Accuracy of each value's model on each value's pairs. */
export function crossings(cells: readonly Crossing[]): Html | null {
  const models = [...new Set(cells.map(({ model }) => model))];
  const pairs = [...new Set(cells.map(({ pairsOf }) => pairsOf))];
  if (models.length === 0 || pairs.length < 2) return null;
  const at = (model: string, of: string) => cells.find((cell) => cell.model === model && cell.pairsOf === of);
  const below = cells.filter(({ model, pairsOf, ci95 }) => model !== pairsOf && ci95[1] < 0.5);
  return figure({
    title:
      below.length > 0
        ? `Values pull apart: ${listing(below.slice(0, 3).map(({ model, pairsOf }) => `${label(model, 20)} on ${label(pairsOf, 20)} pairs`))}${below.length > 3 ? ` and ${below.length - 3} more` : ""} below a coin`
        : "No model is clearly below a coin on another value’s pairs",
    caption:
      "Each row is the model of one value, each column the held-out pairs of one value; the cell is the accuracy. Below 0.50 (vermilion) the model prefers what people rejected for that other value: the two values conflict there.",
    alternative: `Accuracy of each model on each value’s pairs. ${cells
      .map((cell) => `${label(cell.model)} on ${label(cell.pairsOf)}: ${withInterval(estimate(cell))}`)
      .join("; ")}.`,
    draw: (width, alternative) =>
      matrix(
        {
          rows: models,
          columns: pairs,
          cells: models.map((model) => pairs.map((of) => at(model, of)?.accuracy ?? null)),
          write: decimal,
          middle: 0.5,
          reach: 0.3,
          columnTitle: "held-out pairs of",
          rowTitle: "model of",
        },
        width,
        alternative,
      ),
    numbers: {
      columns: [
        { title: "Model of" },
        { title: "Pairs of" },
        { title: "Pairs", numeric: true },
        { title: "Accuracy", numeric: true },
      ],
      rows: cells.map((cell) => [cell.model, cell.pairsOf, whole(cell.pairs), withInterval(estimate(cell))]),
    },
  });
}

/** Accuracy by how the two responses compare in length: does the model know more than length? */
export function lengthStrata(models: readonly RewardEvaluation[]): Html | null {
  const rows = models.flatMap(({ value, lengthStrata = [] }) =>
    lengthStrata.map((stratum) => ({ ...stratum, value })),
  );
  if (rows.length === 0) return null;
  const weakest = rows.reduce((low, row) => (row.accuracy < low.accuracy ? row : low));
  return figure({
    title: `Accuracy is lowest for ${label(weakest.value, 24)}, ${label(weakest.label, 40)}: ${withInterval(estimate(weakest))}`,
    caption:
      "Held-out pairs by how alike the two responses are in length, and by which of them was preferred. A model that has learned only length is right where it points, wrong where it does not, and no better than a coin where lengths are alike.",
    alternative: `Accuracy by length. ${rows.map((row) => `${label(row.value)}, ${label(row.label)}: ${withInterval(estimate(row))}`).join("; ")}.`,
    draw: (width, alternative) =>
      intervalPlot(
        {
          rows: rows.map((row) => ({ label: row.label, estimate: estimate(row), group: row.value })),
          measure: "held-out accuracy",
          line: { at: 0.5, label: "a coin" },
        },
        width,
        alternative,
      ),
    numbers: {
      columns: [
        { title: "Value" },
        { title: "Pairs with" },
        { title: "Pairs", numeric: true },
        { title: "Accuracy", numeric: true },
        { title: "Length alone", numeric: true },
      ],
      rows: rows.map((row) => [
        row.value,
        row.label,
        whole(row.pairs),
        withInterval(estimate(row)),
        row.lengthAccuracy === undefined ? "" : decimal(row.lengthAccuracy),
      ]),
    },
  });
}

/** RewardBench-form results by section or subset. */
export function benchmarks(rows: readonly BenchmarkRow[]): Html | null {
  if (rows.length === 0) return null;
  return figure({
    title: "Accuracy by benchmark subset",
    caption:
      "Each dot is the share of the subset’s pairs whose preferred response gets the higher reward; ties count as lost.",
    alternative: `Accuracy by subset. ${rows.map((row) => `${label(row.model)}, ${label(row.subset ?? row.section)}: ${withInterval(estimate(row))}`).join("; ")}.`,
    draw: (width, alternative) =>
      intervalPlot(
        {
          rows: rows.map((row) => ({
            label: row.subset ?? "whole section",
            estimate: estimate(row),
            group: `${row.section} — ${row.model}`,
          })),
          measure: "accuracy",
          line: { at: 0.5, label: "a coin" },
        },
        width,
        alternative,
      ),
    numbers: {
      columns: [
        { title: "Model" },
        { title: "Section" },
        { title: "Subset" },
        { title: "Pairs", numeric: true },
        { title: "Accuracy", numeric: true },
      ],
      rows: rows.map((row) => [
        row.model,
        row.section,
        row.subset ?? "",
        whole(row.pairs),
        withInterval(estimate(row)),
      ]),
    },
  });
}

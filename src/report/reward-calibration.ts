/**
 * Whether probabilities and references mean what they say.
 * @module
 */
import { intervalPlot } from "./charts/interval-plot.ts";
import { reliability } from "./charts/reliability.ts";
import { figure } from "./figure.ts";
import { decimal, whole, withInterval } from "./format.ts";
import { type Html, html } from "./html.ts";
import type { ReferenceCoverage, RewardEvaluation } from "./reward-types.ts";
import { label, listing } from "./text.ts";

/** Reliability before and after the temperature was fitted; one figure a model that has bins. */
export function calibrations(models: readonly RewardEvaluation[]): Html | null {
  const figures = models.flatMap(({ value, calibration }) => {
    const { before = [], after = [], eceBefore = 0, eceAfter = 0, temperature = 1 } = calibration ?? {};
    if (before.length + after.length === 0) return [];
    const shown = label(value, 24);
    return [
      figure({
        title: `${shown}: calibration error ${decimal(eceBefore, 3)} at T = 1, ${decimal(eceAfter, 3)} at T = ${decimal(temperature)}`,
        caption:
          "On the dashed diagonal a stated probability is kept: of the pairs given 0.7, seven in ten are won. Below it the model is too sure of itself, above it not sure enough. Larger dots stand for more pairs.",
        alternative: `Reliability curve of ${shown}. After calibration: ${after
          .map(({ predicted, observed }) => `given ${decimal(predicted)}, won ${decimal(observed)}`)
          .join("; ")}.`,
        draw: (width, alternative) =>
          reliability(
            [
              { label: "T = 1", colour: "b", hollow: true, points: before },
              { label: "fitted T", colour: "a", points: after },
            ],
            width,
            alternative,
          ),
        key: [
          { label: "before (T = 1)", mark: "ring", colour: "b" },
          { label: `after (T = ${decimal(temperature)})`, mark: "dot", colour: "a" },
        ],
        numbers: {
          columns: [
            { title: "When" },
            { title: "Given", numeric: true },
            { title: "Won", numeric: true },
            { title: "Pairs", numeric: true },
          ],
          rows: [
            ...before.map((bin) => ["before", bin] as const),
            ...after.map((bin) => ["after", bin] as const),
          ].map(([when, { predicted, observed, count }]) => [
            when,
            decimal(predicted),
            decimal(observed),
            whole(count),
          ]),
        },
      }),
    ];
  });
  return figures.length === 0 ? null : html`${figures}`;
}

/** Whether estimated references for unseen prompts sit at the quantile that was asked for. */
export function coverages(references: readonly ReferenceCoverage[]): Html | null {
  if (references.length === 0) return null;
  const off = references.filter(({ q, coverage: { ci95 } }) => q < ci95[0] || q > ci95[1]);
  const asked = [...new Set(references.map(({ q }) => q))];
  return figure({
    title:
      off.length === 0
        ? "References estimated for unseen prompts cover what they should, within the intervals"
        : `Estimated references miss their quantile for ${listing(off.map(({ value }) => label(value, 24)))}`,
    caption:
      "For held-out prompts: the share of base rewards at or below the estimated reference, with its 95 % interval. It should be the quantile that was asked for.",
    alternative: `Coverage of estimated references. ${references
      .map(({ value, q, coverage }) => `${label(value)}: ${withInterval(coverage)}, asked ${decimal(q)}`)
      .join("; ")}.`,
    draw: (width, alternative) =>
      intervalPlot(
        {
          rows: references.map(({ value, q, coverage }) => ({
            label: asked.length === 1 ? value : `${label(value, 24)}, q = ${decimal(q)}`,
            estimate: coverage,
          })),
          measure: "share of base rewards at or below",
          ...(asked.length === 1 && { line: { at: asked[0]!, label: `asked: ${decimal(asked[0]!)}` } }),
        },
        width,
        alternative,
      ),
    numbers: {
      columns: [
        { title: "Value" },
        { title: "Asked", numeric: true },
        { title: "Measured", numeric: true },
        { title: "Prompts", numeric: true },
      ],
      rows: references.map(({ value, q, coverage }) => [
        value,
        decimal(q),
        withInterval(coverage),
        whole(coverage.prompts),
      ]),
    },
  });
}

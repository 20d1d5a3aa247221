/**
 * How the columns go together, and which of them decides their sum.
 * @module
 */
import type { ColumnAudit, ColumnPairAudit, SumAudit } from "../../evaluate/audit-types.ts";
import type { Estimate } from "../../stats/bootstrap.ts";
import { intervalPlot } from "../charts/interval-plot.ts";
import { matrix } from "../charts/matrix.ts";
import { figure } from "../figure.ts";
import { decimal, withInterval } from "../format.ts";
import type { Html } from "../html.ts";
import { label } from "../text.ts";

const written = (estimate: Estimate | null): string => (estimate === null ? "–" : withInterval(estimate));

/** Correlation within prompts of each pair of columns. */
export function correlations(
  columns: readonly ColumnAudit[],
  pairs: readonly ColumnPairAudit[],
): Html | null {
  if (pairs.length === 0) return null;
  const names = columns.map(({ name }) => name);
  const between = (a: string, b: string) =>
    a === b
      ? 1
      : (pairs.find((pair) => (pair.a === a && pair.b === b) || (pair.a === b && pair.b === a))?.within
          ?.value ?? null);
  const conflicts = pairs.filter(({ within }) => within !== null && within.ci95[1] < 0);
  const first = conflicts[0];
  return figure({
    title:
      first === undefined
        ? "No two columns clearly pull apart within a prompt"
        : `${label(first.a, 24)} and ${label(first.b, 24)} pull apart within a prompt${conflicts.length > 1 ? `, as do ${conflicts.length - 1} more pairs` : ""}`,
    caption:
      "Spearman correlation of two columns over the responses to one prompt, pooled over prompts. Blue columns agree, vermilion ones pull apart: what one likes, the other does not.",
    alternative: `Correlations within prompts. ${pairs.map(({ a, b, within }) => `${label(a)} and ${label(b)}: ${written(within)}`).join("; ")}.`,
    draw: (width, alternative) =>
      matrix(
        {
          rows: names,
          columns: names,
          cells: names.map((a) => names.map((b) => between(a, b))),
          write: decimal,
          middle: 0,
          reach: 1,
        },
        width,
        alternative,
      ),
    numbers: {
      columns: [
        { title: "Columns" },
        { title: "Within a prompt", numeric: true },
        { title: "Over all rows", numeric: true },
        { title: "Pairs ordered differently", numeric: true },
        { title: "Best differs", numeric: true },
      ],
      rows: pairs.map(({ a, b, within, overall, kendallDistance, bestDiffers }) => [
        `${a} and ${b}`,
        written(within),
        written(overall),
        written(kendallDistance),
        written(bestDiffers),
      ]),
    },
  });
}

/** Which column decides an equal-weight sum of raw rewards. */
export function dominance({ dominance: shares, dominant }: SumAudit): Html | null {
  if (shares.length === 0) return null;
  const top = shares.find(({ column }) => column === dominant);
  return figure({
    title:
      top === undefined
        ? "The sum of raw rewards does not vary within prompts"
        : `${label(top.column, 24)} decides the raw sum: it makes ${withInterval(top.varianceShare)} of its variance`,
    caption: `Share of the within-prompt variance of the equal-weight raw sum that each column makes; shares add up to 1, and a column that pulls against the sum has a negative one. At the dashed line all columns count alike (1/${shares.length}). A column counts for more in a raw sum merely because its numbers are larger.`,
    alternative: `Variance shares. ${shares.map(({ column, varianceShare }) => `${label(column)}: ${withInterval(varianceShare)}`).join("; ")}.`,
    draw: (width, alternative) =>
      intervalPlot(
        {
          rows: shares.map(({ column, varianceShare }) => ({
            label: column,
            estimate: varianceShare,
            colour: column === dominant ? "a" : "b",
            hollow: column !== dominant,
          })),
          measure: "share of the sum’s variance",
          line: { at: 1 / shares.length, label: "all alike" },
        },
        width,
        alternative,
      ),
    numbers: {
      columns: [
        { title: "Column" },
        { title: "Share of variance", numeric: true },
        { title: "Sum picks what it alone would", numeric: true },
      ],
      rows: shares.map(({ column, varianceShare, agreement }) => [
        column,
        withInterval(varianceShare),
        withInterval(agreement),
      ]),
    },
  });
}

/** What the sum picks against what LSC AND picks, in each column and in all. */
export function picks({ picks: columns, aboveInAll }: SumAudit): Html | null {
  if (columns.length === 0) return null;
  const three = (group: string, of: { base: Estimate; sum: Estimate; lsc: Estimate }) => [
    { group, label: "LSC AND", estimate: of.lsc, colour: "a" as const },
    { group, label: "raw sum", estimate: of.sum, colour: "b" as const, hollow: true },
    { group, label: "at random", estimate: of.base, colour: "soft" as const, hollow: true },
  ];
  const rows = [
    ...(aboveInAll === null ? [] : three("All columns at once", aboveInAll)),
    ...columns.flatMap(({ column, base, sum, lsc }) =>
      three(column, { base: base.aboveReference, sum: sum.aboveReference, lsc: lsc.aboveReference }),
    ),
  ];
  const words =
    aboveInAll === null
      ? "How often the pick is above the reference"
      : `Above the reference in all columns: LSC AND ${withInterval(aboveInAll.lsc)}, raw sum ${withInterval(aboveInAll.sum)}`;
  return figure({
    title: words,
    caption:
      "Share of prompts whose pick lies above the reference in the column, with its 95 % interval. The columns judge themselves here: this shows what each way of choosing does to these rewards, not that people would agree.",
    alternative: `${words}. ${columns.map(({ column, sum, lsc }) => `${label(column)}: LSC AND ${withInterval(lsc.aboveReference)}, raw sum ${withInterval(sum.aboveReference)}`).join("; ")}.`,
    draw: (width, alternative) =>
      intervalPlot({ rows, measure: "share of prompts above the reference" }, width, alternative),
    numbers: {
      columns: [
        { title: "Column" },
        ...["LSC AND: mean z", "Raw sum: mean z", "At random: mean z"].map((title) => ({
          title,
          numeric: true,
        })),
        ...["LSC AND: above", "Raw sum: above", "At random: above"].map((title) => ({
          title,
          numeric: true,
        })),
      ],
      rows: columns.map(({ column, base, sum, lsc }) => [
        column,
        ...[lsc, sum, base].map(({ meanZ }) => withInterval(meanZ)),
        ...[lsc, sum, base].map(({ aboveReference }) => withInterval(aboveReference)),
      ]),
    },
  });
}

export const columnsOf = (values: Record<string, number>): string =>
  Object.entries(values)
    .map(([name, x]) => `${label(name, 24)} ${decimal(x)}`)
    .join(", ");

/**
 * Each reward column by itself: scale, shift, saturation, and what it owes to length.
 * @module
 */
import type { ColumnAudit } from "../../evaluate/audit-types.ts";
import { histogram } from "../charts/histogram.ts";
import { intervalPlot } from "../charts/interval-plot.ts";
import { figure } from "../figure.ts";
import { decimal, percent, whole, withInterval } from "../format.ts";
import { type Html, html } from "../html.ts";
import { table } from "../table.ts";
import { label, listing } from "../text.ts";
import { side } from "../words.ts";

export function columns(audits: readonly ColumnAudit[]): Html | null {
  if (audits.length === 0) return null;
  return html`${audits.map(oneColumn)}
<h3>Side by side</h3>
${table({
  columns: [
    { title: "Column" },
    ...["Mean", "Std", "Least", "Greatest", "Std within prompts", "Std between prompts"].map((title) => ({
      title,
      numeric: true,
    })),
    ...["Distinct", "At least", "At greatest", "Ties for best", "All equal"].map((title) => ({
      title,
      numeric: true,
    })),
  ],
  rows: audits.map(({ name, mean, std, min, max, withinStd, betweenStd, saturation }) => [
    name,
    ...[mean, std, min, max, withinStd, betweenStd].map((x) => decimal(x)),
    whole(saturation.distinct),
    ...[saturation.atMin, saturation.atMax, saturation.tiedBest, saturation.allEqual].map((x) => percent(x)),
  ]),
})}`;
}

function oneColumn({
  name,
  mean,
  std,
  min,
  max,
  quantiles,
  histogram: bins,
  withinStd,
  betweenStd,
  warnings,
}: ColumnAudit) {
  const shown = label(name, 40);
  const at = (q: number) =>
    decimal(quantiles.find((each) => Math.abs(each.q - q) < 1e-9)?.value ?? Number.NaN);
  return html`${figure({
    title: `${shown}: ${decimal(mean)} ± ${decimal(std)}, from ${decimal(min)} to ${decimal(max)}`,
    caption: `Share of rows by reward. Nine tenths lie between ${at(0.05)} and ${at(0.95)}. Responses to one prompt spread by ${decimal(withinStd)} (std), prompts among themselves by ${decimal(betweenStd)}; only the first can steer a choice.`,
    alternative: `Histogram of ${shown}: mean ${decimal(mean)}, standard deviation ${decimal(std)}, median ${at(0.5)}, least ${decimal(min)}, greatest ${decimal(max)}.`,
    draw: (width, alternative) => histogram({ ...bins, measure: shown }, width, alternative),
    numbers: {
      columns: [{ title: "Quantile" }, { title: "Reward", numeric: true }],
      rows: quantiles.map(({ q, value }) => [decimal(q), decimal(value, 3)]),
    },
  })}
${
  warnings.length > 0 &&
  html`<div class="aside"><ul>${warnings.map(({ text }) => html`<li><bdi>${label(text, 400)}</bdi></li>`)}</ul></div>`
}`;
}

/** Correlation of each column with length, within prompts where it can be measured. */
export function lengths(audits: readonly ColumnAudit[]): Html | null {
  const rows = audits.flatMap(({ name, length }) => [
    ...(length?.within ? [{ group: name, label: "within a prompt", estimate: length.within }] : []),
    ...(length?.overall
      ? [
          {
            group: name,
            label: "over all rows",
            estimate: length.overall,
            colour: "b" as const,
            hollow: true,
          },
        ]
      : []),
  ]);
  if (rows.length === 0) return null;
  const biased = audits
    .filter(({ length }) => length?.within && side(length.within) === 1)
    .map(({ name }) => label(name, 24));
  const averse = audits
    .filter(({ length }) => length?.within && side(length.within) === -1)
    .map(({ name }) => label(name, 24));
  const title = [
    biased.length > 0 && `${listing(biased)} ${biased.length === 1 ? "pays" : "pay"} for length`,
    averse.length > 0 && `${listing(averse)} ${averse.length === 1 ? "pays" : "pay"} for brevity`,
  ].filter((part) => part !== false);
  return figure({
    title: title.length === 0 ? "No column clearly follows length within a prompt" : title.join("; "),
    caption:
      "Spearman correlation of reward with number of characters, with its 95 % interval over prompts. Within a prompt is what steers a choice. Length may be quality, or what the reward has learned in place of it.",
    alternative: `Correlation with length. ${rows.map((row) => `${label(row.group)} ${row.label}: ${withInterval(row.estimate)}`).join("; ")}.`,
    draw: (width, alternative) =>
      intervalPlot(
        { rows, measure: "Spearman correlation with length", line: { at: 0, label: "none" } },
        width,
        alternative,
      ),
    numbers: {
      columns: [
        { title: "Column" },
        { title: "Within a prompt", numeric: true },
        { title: "Over all rows", numeric: true },
        { title: "Best is longest", numeric: true },
        { title: "By chance", numeric: true },
      ],
      rows: audits.map(({ name, length }) => [
        name,
        length?.within ? withInterval(length.within) : "–",
        length?.overall ? withInterval(length.overall) : "–",
        length?.bestIsLongest ? withInterval(length.bestIsLongest) : "–",
        length?.chance == null ? "–" : decimal(length.chance),
      ]),
    },
  });
}

/**
 * Share truly good in all values along KL, and the differences at its two ends.
 * @module
 */
import { curves } from "../charts/curves.ts";
import { intervalPlot } from "../charts/interval-plot.ts";
import { figure } from "../figure.ts";
import { signed, signedInterval } from "../format.ts";
import { type Html, html } from "../html.ts";
import { label } from "../text.ts";
import { side } from "../words.ts";
import { baseLine, curvesOf, keyOf, numbersOf, spoken, ticksOf, X_MEASURE } from "./curves.ts";
import {
  type Compared,
  ends,
  highest,
  KIND_NAMES,
  levelName,
  placeName,
  RAW_SUM,
  standsToRawSum,
  versusRawSum,
} from "./words.ts";

export function results(compared: Compared): Html | null {
  if (compared.kind.levels.length === 0) return null;
  return html`${shares(compared)}${ends(compared.kind).length > 0 && differences(compared)}`;
}

function shares(compared: Compared): Html {
  const { kind, comparison } = compared;
  const high = highest(kind);
  const versus = high && versusRawSum(high);
  const of = ({ allGood }: { allGood: Parameters<typeof signedInterval>[0] }) => allGood;
  return figure({
    title:
      versus === undefined
        ? `Share truly good in all values along KL, ${KIND_NAMES[kind.kind]}`
        : `${capital(KIND_NAMES[kind.kind])}: at ${levelName(high!)}, ${label(comparison.method)} ${standsToRawSum(versus)}`,
    caption: html`Higher is better. Points are means over seeds and prompts, bands their 95 % intervals; the scale of KL is a square root.
At each KL a method stands with its best KL weight, and the best raw sum with its best weights too, so its curve may pass from one
set of weights to another.${
      kind.kind === "rl" &&
      " Between measurements the share is interpolated in KL for each run; left of a run’s first measurement that is a line from the base."
    } Bands of two methods may overlap although their paired difference is clear: see the next picture.`,
    alternative: `Curves of the share truly good in all values. ${spoken(compared, of)}`,
    draw: (width, alternative) =>
      curves(
        {
          panels: [{ curves: curvesOf(compared, of), ...baseLine(compared, of) }],
          xMeasure: X_MEASURE[kind.kind],
          yMeasure: "share truly good in all values",
          ticks: ticksOf(compared),
        },
        width,
        alternative,
      ),
    key: keyOf(compared),
    numbers: numbersOf(compared, [["Good in all values", of]]),
  });
}

function differences(compared: Compared): Html {
  const { kind, comparison } = compared;
  const rows = ends(kind).flatMap((level) =>
    level.differences
      .filter(({ against }) => against === level.bestRawSum || !RAW_SUM.test(against))
      .map((difference) => ({ level, difference, best: difference.against === level.bestRawSum })),
  );
  const name = label(comparison.method);
  return figure({
    title: differencesTitle(compared),
    caption: `Each dot is the share of ${name} minus that of the other method at the same KL, paired by seed and prompt, with its 95 % interval. Right of the dashed line ${name} is better. Of the raw sums the best one is shown.`,
    alternative: `Forest plot of ${name} minus each other method. ${rows
      .map(
        ({ level, difference }) =>
          `${label(difference.against)} at ${levelName(level)}: ${signedInterval(difference.allGood)}`,
      )
      .join("; ")}.`,
    draw: (width, alternative) =>
      intervalPlot(
        {
          rows: rows.map(({ level, difference, best }) => ({
            label: best ? `best ${difference.against}` : difference.against,
            estimate: difference.allGood,
            group: placeName(level),
            colour: best ? ("b" as const) : ("soft" as const),
            hollow: true,
          })),
          measure: width < 500 ? "difference in share" : `share good in all values: ${name} minus the other`,
          line: { at: 0, label: "no difference" },
          write: signed,
        },
        width,
        alternative,
      ),
    key: [
      { label: "best raw sum", mark: "ring", colour: "b" },
      { label: "another method", mark: "ring", colour: "soft" },
    ],
    numbers: {
      columns: [
        { title: "Against" },
        { title: "KL (nats)" },
        { title: "Difference", numeric: true },
        { title: "Verdict" },
      ],
      rows: rows.map(({ level, difference }) => [
        difference.against,
        levelName(level),
        signedInterval(difference.allGood),
        difference.verdict,
      ]),
    },
  });
}

function differencesTitle({ comparison, kind }: Compared): string {
  const parts = ends(kind).map((level) => {
    const others = level.differences.filter(({ against }) => !RAW_SUM.test(against));
    const count = (wanted: -1 | 0 | 1) => others.filter(({ allGood }) => side(allGood) === wanted).length;
    return `at ${levelName(level)} ahead of ${count(1)}, behind ${count(-1)}, not told apart from ${count(0)}`;
  });
  return `${label(comparison.method)} against the methods that are not raw sums: ${parts.join("; ")}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

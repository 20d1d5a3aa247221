import * as Plot from "@observablehq/plot";
import type { Estimate } from "../../stats/bootstrap.ts";
import type { Colour } from "../figure.ts";
import { decimal, withInterval } from "../format.ts";
import { middleCut } from "../text.ts";
import {
  axisX,
  digitsFor,
  draw,
  drawable,
  emptyChart,
  FONT,
  HALO,
  isNarrow,
  type ReferenceLine,
  referenceLine,
  span,
  textWidth,
  type Writer,
} from "./draw.ts";

type IntervalRow = {
  label: string;
  estimate: Estimate;
  colour?: Colour;
  /** Filled marks are read first; hollow ones are for comparison. */
  hollow?: boolean;
  /** Rows of one group stand under its heading. */
  group?: string;
};

export type IntervalPlot = {
  rows: readonly IntervalRow[];
  /** What the horizontal axis measures, with its unit. */
  measure: string;
  /** A line to compare with: 0.5 for a win rate, 0 for a difference. */
  line?: ReferenceLine;
  write?: Writer;
};

type Placed = { y: number; row: IntervalRow };
type Heading = { y: number; group: string };

/**
 * Dot and interval, one row a thing: a forest plot. The estimate is written beside its row. On a phone the label
 * stands over its dot, so that it may be long.
 */
export function intervalPlot(data: IntervalPlot, width: number, alternative: string): string {
  const { rows, measure, line, write: written = decimal } = data;
  if (rows.length === 0) return emptyChart(width, "Nothing to compare.", alternative);
  const narrow = isNarrow(width);
  const { placed, headings, height } = layOut(rows, narrow ? 40 : 24);
  const ends = rows.flatMap(({ estimate }) => [...estimate.ci95, estimate.value]);
  const domain = span(ends, line ? [line.at] : []);
  const digits = Math.max(2, digitsFor((domain[1] - domain[0]) / 6));
  const write = (x: number) => written(x, digits);
  const labelWidth = Math.max(...rows.map((row) => textWidth(middleCut(row.label, 40)) + 16));
  const numberWidth = Math.max(...rows.map(({ estimate }) => textWidth(withInterval(estimate, write)) + 20));
  const left = narrow ? 8 : Math.min(270, Math.max(60, labelWidth));
  const right = narrow ? 8 : numberWidth;
  return draw(
    {
      width,
      height: height + 60 + (line ? 18 : 0),
      marginTop: line ? 26 : 8,
      marginBottom: 42,
      marginLeft: left,
      marginRight: right,
      x: axisX(domain, measure, narrow ? 4 : 6, written),
      y: { axis: null, domain: [height, 0] },
      color: { type: "identity" },
      marks: [
        ...(line ? referenceLine(line, domain) : []),
        ...dots(placed),
        ...words(placed, headings, write, narrow ? null : { left, right }),
      ],
    },
    alternative,
  );
}

function dots(placed: readonly Placed[]): Plot.Markish[] {
  const stroke = ({ row }: Placed) => `var(--${row.colour ?? "a"})`;
  return [
    Plot.ruleY(placed, {
      x1: ({ row }: Placed) => drawable(row.estimate.ci95[0]),
      x2: ({ row }: Placed) => drawable(row.estimate.ci95[1]),
      y: "y",
      stroke,
      strokeWidth: 2,
    }),
    Plot.dot(placed, {
      x: ({ row }: Placed) => drawable(row.estimate.value),
      y: "y",
      r: 4.5,
      stroke,
      strokeWidth: 2,
      fill: (each: Placed) => (each.row.hollow ? "var(--paper)" : stroke(each)),
    }),
  ];
}

/** @param margins where labels and numbers stand beside the frame; null puts them over the rows */
function words(
  placed: readonly Placed[],
  headings: readonly Heading[],
  write: (x: number) => string,
  margins: { left: number; right: number } | null,
): Plot.Markish[] {
  const dy = margins === null ? -15 : 0;
  return [
    Plot.text(headings, {
      y: "y",
      text: ({ group }: Heading) => middleCut(group, margins === null ? 44 : 80),
      frameAnchor: "left",
      textAnchor: "start",
      dx: margins === null ? 0 : 8 - margins.left,
      fontWeight: "bold",
      ...HALO,
    }),
    Plot.text(placed, {
      y: "y",
      text: ({ row }: Placed) => middleCut(row.label, margins === null ? 29 : 40),
      frameAnchor: "left",
      textAnchor: margins === null ? "start" : "end",
      dx: margins === null ? 0 : -10,
      dy,
      ...HALO,
    }),
    Plot.text(placed, {
      y: "y",
      text: ({ row }: Placed) => withInterval(row.estimate, write),
      frameAnchor: "right",
      textAnchor: "end",
      dx: margins === null ? 0 : margins.right - 4,
      dy,
      fontVariant: "tabular-nums",
      ...HALO,
      fill: "var(--soft)",
    }),
  ];
}

/** Gives each row its place from the top, in pixels. */
function layOut(rows: readonly IntervalRow[], step: number) {
  const placed: Placed[] = [];
  const headings: Heading[] = [];
  let y = 0;
  let group: string | undefined;
  for (const row of rows) {
    if (row.group !== undefined && row.group !== group) {
      y += headings.length === 0 ? 0 : FONT / 2;
      headings.push({ y: y + step / 2, group: row.group });
      y += step;
    }
    group = row.group;
    placed.push({ y: y + step * 0.6, row });
    y += step;
  }
  return { placed, headings, height: y };
}

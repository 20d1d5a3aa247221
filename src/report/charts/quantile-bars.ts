import * as Plot from "@observablehq/plot";
import type { Colour } from "../figure.ts";
import { middleCut as short } from "../text.ts";
import {
  axisX,
  draw,
  drawable,
  emptyChart,
  isNarrow,
  type ReferenceLine,
  referenceLine,
  span,
  textWidth,
} from "./draw.ts";

/** Quantiles at 5, 25, 50, 75 and 95 %. */
export type FiveNumbers = [number, number, number, number, number];

export type QuantileBars = {
  groups: readonly {
    label: string;
    bars: readonly { label: string; colour: Colour; quantiles: FiveNumbers }[];
  }[];
  measure: string;
  line?: ReferenceLine;
};

/**
 * Distributions side by side: a thin line from the 5 % to the 95 % quantile, a thick one from 25 % to 75 %, a dot at
 * the median. Bars of one group (a value: base, chosen) stand together under its name.
 */
export function quantileBars(data: QuantileBars, width: number, alternative: string): string {
  const { groups, measure, line } = data;
  const bars = place(groups);
  if (bars.lines.length === 0) return emptyChart(width, "Nothing to show.", alternative);
  const narrow = isNarrow(width);
  const labels = bars.lines.map((bar) => short(bar.label, narrow ? 17 : 40));
  const left = Math.min(narrow ? 120 : 260, Math.max(50, ...labels.map((text) => textWidth(text) + 18)));
  const domain = span(
    bars.lines.flatMap(({ quantiles }) => quantiles),
    line ? [line.at] : [],
  );
  type Bar = (typeof bars.lines)[number];
  const at = (i: number) => (bar: Bar) => drawable(bar.quantiles[i]!);
  const paint = (bar: Bar) => `var(--${bar.colour})`;
  const rule = (from: number, to: number, strokeWidth: number, strokeOpacity: number) =>
    Plot.ruleY(bars.lines, { x1: at(from), x2: at(to), y: "y", stroke: paint, strokeWidth, strokeOpacity });
  return draw(
    {
      width,
      height: bars.height + 62 + (line ? 18 : 0),
      marginTop: line ? 26 : 8,
      marginBottom: 44,
      marginLeft: left,
      marginRight: 14,
      x: axisX(domain, measure, narrow ? 5 : 8),
      y: { axis: null, domain: [bars.height, 0] },
      color: { type: "identity" },
      marks: [
        ...(line ? referenceLine(line, domain) : []),
        rule(0, 4, 1.5, 1),
        rule(1, 3, 9, 0.55),
        Plot.dot(bars.lines, { x: at(2), y: "y", r: 4, fill: "var(--paper)", stroke: paint, strokeWidth: 2 }),
        Plot.text(bars.headings, {
          y: "y",
          text: ({ label }: { label: string }) => short(label, narrow ? 40 : 80),
          frameAnchor: "left",
          textAnchor: "start",
          dx: 6 - left,
          fontWeight: "bold",
        }),
        Plot.text(bars.lines, {
          y: "y",
          text: (_: Bar, i: number) => labels[i]!,
          frameAnchor: "left",
          textAnchor: "end",
          dx: -10,
        }),
      ],
    },
    alternative,
  );
}

function place(groups: QuantileBars["groups"]) {
  const lines: { y: number; label: string; colour: Colour; quantiles: FiveNumbers }[] = [];
  const headings: { y: number; label: string }[] = [];
  let y = 0;
  for (const { label, bars } of groups) {
    if (bars.length === 0) continue;
    headings.push({ y: y + 10, label });
    y += 22;
    for (const bar of bars) {
      lines.push({ ...bar, y: y + 9 });
      y += 19;
    }
    y += 8;
  }
  return { lines, headings, height: y };
}

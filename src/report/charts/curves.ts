import * as Plot from "@observablehq/plot";
import type { Estimate } from "../../stats/bootstrap.ts";
import type { Colour } from "../figure.ts";
import { decimal } from "../format.ts";
import { label as short } from "../text.ts";
import { axis, draw, drawable, emptyChart, isNarrow, span, type Writer } from "./draw.ts";

export type Curve = {
  colour: Colour;
  /** Read first: with its band, and its points filled or hollow. The others are thin grey lines. */
  shown: "filled" | "hollow" | "muted";
  points: readonly { x: number; estimate: Estimate }[];
};

export type Curves = {
  /** Small multiples that share their scales; one panel has no title. */
  panels: readonly { title?: string; curves: readonly Curve[]; line?: number }[];
  xMeasure: string;
  yMeasure: string;
  /** Where the horizontal axis, a square-root scale from 0, is labelled. */
  ticks: readonly number[];
  write?: Writer;
};

type Dot = {
  col: number;
  row: number;
  x: number;
  y: number;
  low: number;
  high: number;
  curve: Curve;
  id: string;
};

/** Estimates along an axis as curves; bands are their intervals. */
export function curves(data: Curves, width: number, alternative: string): string {
  const { panels, xMeasure, yMeasure, ticks, write = decimal } = data;
  const narrow = isNarrow(width);
  const columns = narrow ? 1 : Math.min(2, panels.length);
  const place = (i: number) => ({ col: i % columns, row: Math.floor(i / columns) });
  const dots = panels.flatMap((panel, i) =>
    panel.curves.flatMap((curve, c) =>
      curve.points.map(({ x, estimate: { value, ci95 } }): Dot => {
        const [low, high] = ci95;
        return {
          ...place(i),
          x: drawable(x),
          y: drawable(value),
          low: drawable(low),
          high: drawable(high),
          curve,
          id: `${i} ${c}`,
        };
      }),
    ),
  );
  if (dots.length === 0) return emptyChart(width, "Nothing to compare.", alternative);
  const shown = dots.filter(({ curve }) => curve.shown !== "muted");
  const muted = dots.filter(({ curve }) => curve.shown === "muted");
  const lines = panels.flatMap(({ line }, i) =>
    line === undefined ? [] : [{ ...place(i), line: drawable(line) }],
  );
  const titles = panels.flatMap(({ title }, i) => (title === undefined ? [] : [{ ...place(i), title }]));
  const y = span(
    [...shown.flatMap((dot) => [dot.y, dot.low, dot.high]), ...muted.map((dot) => dot.y)],
    lines.map(({ line }) => line),
  );
  const rows = Math.ceil(panels.length / columns);
  const titled = titles.length > 0 ? 24 : 0;
  const panelHeight = panels.length > 1 ? 190 : narrow ? 260 : 340;
  const facet = { fx: "col", fy: "row" } as const;
  const paint = ({ curve }: Dot) => `var(--${curve.colour})`;
  return draw(
    {
      width,
      height: rows * (panelHeight + titled) + 74,
      marginLeft: 50,
      marginRight: 14,
      marginTop: 28 + titled,
      marginBottom: 46,
      x: {
        type: "sqrt",
        domain: [0, Math.max(...ticks, ...dots.map(({ x }) => x))],
        label: short(xMeasure, 56),
        labelAnchor: "center",
        labelArrow: "none",
        labelOffset: 38,
        ticks: [...ticks],
        tickFormat: (x: number) => decimal(x, Number.isInteger(x) ? 0 : 1),
        insetLeft: 6,
        insetRight: 8,
      },
      y: { ...axis(y, short(yMeasure, 48), narrow ? 4 : 5, write), labelAnchor: "top", labelOffset: 40 },
      fx: { axis: null, padding: 0.1, domain: [...Array(columns).keys()] },
      fy: {
        axis: null,
        padding: panels.length > columns ? titled / panelHeight + 0.06 : 0,
        domain: [...Array(rows).keys()],
      },
      color: { type: "identity" },
      marks: [
        Plot.line(muted, {
          ...facet,
          x: "x",
          y: "y",
          z: "id",
          stroke: "var(--soft)",
          strokeWidth: 1,
          strokeOpacity: 0.55,
        }),
        Plot.ruleY(lines, { ...facet, y: "line", stroke: "var(--soft)", strokeDasharray: "4 3" }),
        Plot.areaY(shown, {
          ...facet,
          x: "x",
          y1: "low",
          y2: "high",
          z: "id",
          fill: paint,
          fillOpacity: 0.16,
        }),
        Plot.line(shown, { ...facet, x: "x", y: "y", z: "id", stroke: paint, strokeWidth: 2 }),
        Plot.dot(shown, {
          ...facet,
          x: "x",
          y: "y",
          r: 4,
          fill: (dot: Dot) => (dot.curve.shown === "hollow" ? "var(--paper)" : paint(dot)),
          stroke: paint,
          strokeWidth: 2,
        }),
        Plot.text(titles, {
          ...facet,
          text: ({ title }: { title: string }) => short(title, 40),
          frameAnchor: "top-left",
          textAnchor: "start",
          dy: -18,
          fontWeight: "bold",
        }),
      ],
    },
    alternative,
  );
}

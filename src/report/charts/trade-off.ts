import * as Plot from "@observablehq/plot";
import type { Estimate } from "../../stats/bootstrap.ts";
import type { Colour } from "../figure.ts";
import { label as short } from "../text.ts";
import { axis, axisX, draw, drawable, emptyChart, HALO, isNarrow, span, textWidth } from "./draw.ts";

export type TradeOffPoint = { label: string; x: Estimate; y: Estimate };

export type TradeOff = {
  sweep: readonly TradeOffPoint[];
  /** Whether the sweep is a curve: joined in its order, its first and last point labelled. Else it is a cloud. */
  joined: boolean;
  /** The points to compare with it. */
  others: readonly (TradeOffPoint & { colour: Colour; diamond?: boolean })[];
  xMeasure: string;
  yMeasure: string;
};

/**
 * A sweep as a curve or cloud in the plane of two measures, both the more the better, with other methods as points. Crosses are
 * the intervals. A point up and to the right of another gives more of both.
 */
export function tradeOff(data: TradeOff, width: number, alternative: string): string {
  const { sweep, others, joined, xMeasure, yMeasure } = data;
  const points = [...sweep, ...others];
  if (points.length === 0) return emptyChart(width, "Nothing to compare.", alternative);
  const narrow = isNarrow(width);
  const size = narrow ? width : Math.min(width, 560);
  const xs = span(points.flatMap(({ x }) => [x.value, ...x.ci95]));
  const ys = span(points.flatMap(({ y }) => [y.value, ...y.ci95]));
  const margin = { left: 50, right: width - size + 14, top: 28, bottom: 46 };
  const height = narrow ? 330 : 440;
  const ends = joined ? [...new Set([sweep[0]!, sweep.at(-1)!])].filter(Boolean) : [];
  const place = (point: TradeOffPoint) => ({
    point,
    px: scaled(point.x.value, xs, margin.left, width - margin.right),
    py: scaled(point.y.value, ys, height - margin.bottom, margin.top),
  });
  const labels = spread([...others, ...ends].map(place), margin.left, width - margin.right);
  const cross = (
    list: readonly TradeOffPoint[],
    stroke: (point: TradeOffPoint) => string,
    strokeOpacity: number,
  ) => [
    Plot.ruleY(list, { x1: low("x"), x2: high("x"), y: mid("y"), stroke, strokeOpacity, strokeWidth: 1.5 }),
    Plot.ruleX(list, { y1: low("y"), y2: high("y"), x: mid("x"), stroke, strokeOpacity, strokeWidth: 1.5 }),
  ];
  const otherPaint = (point: TradeOffPoint) => `var(--${(point as (typeof others)[number]).colour})`;
  const ticks = narrow ? 4 : 6;
  return draw(
    {
      width,
      height,
      marginLeft: margin.left,
      marginRight: margin.right,
      marginTop: margin.top,
      marginBottom: margin.bottom,
      x: axisX(xs, short(xMeasure, 48), ticks),
      y: { ...axis(ys, short(yMeasure, 48), ticks), labelAnchor: "top" },
      color: { type: "identity" },
      marks: [
        ...cross(sweep, () => "var(--soft)", 0.35),
        joined && Plot.line(sweep, { x: mid("x"), y: mid("y"), stroke: "var(--soft)", strokeWidth: 2 }),
        Plot.dot(sweep, {
          x: mid("x"),
          y: mid("y"),
          r: 3.5,
          fill: "var(--paper)",
          stroke: "var(--soft)",
          strokeWidth: 2,
        }),
        ...cross(others, otherPaint, 0.7),
        Plot.dot(others, {
          x: mid("x"),
          y: mid("y"),
          r: 6,
          symbol: (point: { diamond?: boolean }) => (point.diamond ? "diamond" : "circle"),
          fill: otherPaint,
          stroke: "var(--paper)",
          strokeWidth: 1,
        }),
        ...labels.map(({ text, point, dx, dy, anchor }) =>
          Plot.text([point], {
            x: mid("x"),
            y: mid("y"),
            text: () => text,
            dx,
            dy,
            textAnchor: anchor,
            ...HALO,
          }),
        ),
      ].filter(Boolean) as Plot.Markish[],
    },
    alternative,
  );
}

type Axis = "x" | "y";
const low = (axis: Axis) => (point: TradeOffPoint) => drawable(point[axis].ci95[0]);
const mid = (axis: Axis) => (point: TradeOffPoint) => drawable(point[axis].value);
const high = (axis: Axis) => (point: TradeOffPoint) => drawable(point[axis].ci95[1]);

function scaled(value: number, [low, high]: [number, number], from: number, to: number): number {
  return from + ((drawable(value) - low) / (high - low)) * (to - from);
}

type Placed = { point: TradeOffPoint; px: number; py: number };

/** Puts each label beside its point, on the side with room, and moves it down until it covers no point and no earlier label. */
function spread(placed: readonly Placed[], left: number, right: number) {
  const taken = placed.map(({ px, py }) => ({ x1: px - 8, x2: px + 8, y: py }));
  return placed.map(({ point, px, py }) => {
    const text = short(point.label, 26);
    const size = textWidth(text);
    const leftward = px + 12 + size > right && px - 12 - size > left - 40;
    const x1 = leftward ? px - 12 - size : px + 12;
    let y = py - 10;
    for (let tries = 0; tries < 40; tries++) {
      const hit = taken.some((box) => box.x1 < x1 + size && x1 < box.x2 && Math.abs(box.y - y) < 14);
      if (!hit) break;
      y += 14;
    }
    taken.push({ x1, x2: x1 + size, y });
    return {
      text,
      point,
      dx: leftward ? -12 : 12,
      dy: y - py,
      anchor: leftward ? ("end" as const) : ("start" as const),
    };
  });
}

import * as Plot from "@observablehq/plot";
import type { Colour } from "../figure.ts";
import { axis, axisX, draw, emptyChart } from "./draw.ts";

export type ReliabilityCurve = {
  label: string;
  colour: Colour;
  hollow?: boolean;
  /** Probabilities and shares in 0…1; `count` pairs in the bin. */
  points: readonly { predicted: number; observed: number; count: number }[];
};

/**
 * A reliability diagram: the share of pairs won against the probability that the model gave them, one dot a bin, area
 * by number of pairs. On the diagonal, the probabilities mean what they say.
 */
export function reliability(curves: readonly ReliabilityCurve[], width: number, alternative: string): string {
  const filled = curves.filter(({ points }) => points.length > 0);
  if (filled.length === 0) return emptyChart(width, "No pairs to calibrate on.", alternative);
  const size = Math.min(width, 460);
  const left = 48;
  const most = Math.max(1, ...filled.flatMap(({ points }) => points.map(({ count }) => count)));
  const all = filled.flatMap(({ points }) => points);
  // confidences of the preferred side start at 0.5
  const from = all.every(({ predicted }) => predicted >= 0.5) ? 0.5 : 0;
  const bottom = Math.min(from, Math.floor(10 * Math.min(...all.map(({ observed }) => observed))) / 10);
  return draw(
    {
      width,
      height: size,
      marginLeft: left,
      marginRight: width - size + 14,
      marginTop: 26,
      marginBottom: 46,
      x: { ...axisX([from, 1], "probability given by the model", 5), clamp: true },
      y: { ...axis([bottom, 1], "share of pairs won", 5), labelAnchor: "top", clamp: true },
      r: { type: "identity" },
      marks: [
        Plot.line(
          [
            [from, from],
            [1, 1],
          ],
          { stroke: "var(--soft)", strokeDasharray: "4 3" },
        ),
        ...filled.flatMap(({ points, colour, hollow }) => {
          const paint = `var(--${colour})`;
          const r = ({ count }: { count: number }) => 2.5 + 5.5 * Math.sqrt(Math.max(0, count) / most);
          const fill = hollow ? "var(--paper)" : paint;
          return [
            Plot.line(points, {
              x: "predicted",
              y: "observed",
              stroke: paint,
              strokeWidth: 1.5,
              strokeOpacity: 0.7,
            }),
            Plot.dot(points, { x: "predicted", y: "observed", r, fill, stroke: paint, strokeWidth: 1.5 }),
          ];
        }),
      ],
    },
    alternative,
  );
}

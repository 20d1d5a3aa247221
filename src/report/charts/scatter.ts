import * as Plot from "@observablehq/plot";
import type { Colour } from "../figure.ts";
import { label as short } from "../text.ts";
import { axis, axisX, draw, drawable, emptyChart, isNarrow, span } from "./draw.ts";

export type Scatter = {
  points: readonly { x: number; y: number; colour: Colour }[];
  xMeasure: string;
  yMeasure: string;
};

/** Most points that are drawn: more would only cover each other. */
const MOST = 1500;

/** One dot a thing. Of more than 1,500 points every n-th is drawn. */
export function scatter({ points, xMeasure, yMeasure }: Scatter, width: number, alternative: string): string {
  if (points.length === 0) return emptyChart(width, "Nothing to show.", alternative);
  const narrow = isNarrow(width);
  const size = narrow ? width : Math.min(width, 560);
  const ticks = narrow ? 4 : 6;
  const stride = Math.ceil(points.length / MOST);
  const drawn = stride === 1 ? points : points.filter((_, i) => i % stride === 0);
  return draw(
    {
      width,
      height: narrow ? 320 : 400,
      marginLeft: 52,
      marginRight: width - size + 14,
      marginTop: 28,
      marginBottom: 46,
      x: axisX(span(points.map(({ x }) => x)), short(xMeasure, 48), ticks),
      y: { ...axis(span(points.map(({ y }) => y)), short(yMeasure, 48), ticks), labelAnchor: "top" },
      color: { type: "identity" },
      marks: [
        Plot.dot(drawn, {
          x: ({ x }: { x: number }) => drawable(x),
          y: ({ y }: { y: number }) => drawable(y),
          r: 2.5,
          fill: ({ colour }: { colour: Colour }) => `var(--${colour})`,
          fillOpacity: 0.6,
        }),
      ],
    },
    alternative,
  );
}

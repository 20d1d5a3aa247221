import * as Plot from "@observablehq/plot";
import { percent } from "../format.ts";
import { axisX, draw, drawable, emptyChart, isNarrow, span } from "./draw.ts";

export type Histogram = {
  /** Ascending bin edges, one more than shares. */
  edges: readonly number[];
  /** Share of the mass in each bin, 0…1. */
  shares: readonly number[];
  measure: string;
};

/** Bars of shares over equal bins. */
export function histogram({ edges, shares, measure }: Histogram, width: number, alternative: string): string {
  const bins = shares.map((share, i) => ({
    x1: drawable(edges[i] ?? 0),
    x2: drawable(edges[i + 1] ?? edges[i] ?? 0),
    share: Math.max(0, drawable(share)),
  }));
  if (bins.length === 0) return emptyChart(width, "Nothing to show.", alternative);
  const domain = span(edges);
  const single = (domain[1] - domain[0]) * 0.01;
  type Bin = (typeof bins)[number];
  return draw(
    {
      width,
      height: 190,
      marginLeft: 50,
      marginRight: 14,
      marginTop: 28,
      marginBottom: 44,
      x: { ...axisX(domain, measure, isNarrow(width) ? 4 : 8), grid: false },
      y: {
        domain: [0, Math.max(1e-6, ...bins.map(({ share }) => share)) * 1.05],
        label: "share of rows",
        labelAnchor: "top",
        labelArrow: "none",
        ticks: 4,
        tickFormat: (y: number) => percent(y, y > 0 && y < 0.02 ? 1 : 0),
        grid: true,
      },
      marks: [
        Plot.rect(bins, {
          x1: ({ x1, x2 }: Bin) => (x1 === x2 ? x1 - single : x1),
          x2: ({ x1, x2 }: Bin) => (x1 === x2 ? x2 + single : x2),
          y1: 0,
          y2: "share",
          fill: "var(--a)",
          fillOpacity: 0.55,
          stroke: "var(--a)",
          strokeWidth: 0.75,
        }),
        Plot.ruleY([0], { stroke: "var(--soft)" }),
      ],
    },
    alternative,
  );
}

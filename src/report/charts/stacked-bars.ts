import * as Plot from "@observablehq/plot";
import type { Colour } from "../figure.ts";
import { percent } from "../format.ts";
import { middleCut as short } from "../text.ts";
import { draw, emptyChart, isNarrow, TINT, textWidth } from "./draw.ts";

export type StackedBars = {
  /** One bar a row; shares are in 0…1 and need not add up to 1. */
  rows: readonly { label: string; shares: readonly number[] }[];
  /** One series a share, in the same order. */
  series: readonly { label: string; colour: Colour }[];
  measure: string;
};

/** Horizontal bars of shares laid end to end, each part with its percentage where there is room. */
export function stackedBars(data: StackedBars, width: number, alternative: string): string {
  const { rows, series, measure } = data;
  if (rows.length === 0 || series.length === 0) return emptyChart(width, "Nothing to show.", alternative);
  const narrow = isNarrow(width);
  const step = narrow ? 44 : 30;
  const left = narrow
    ? 16
    : Math.min(260, Math.max(60, ...rows.map((row) => textWidth(short(row.label, 40)) + 16)));
  const right = 26;
  const full = width - left - right;
  const parts = rows.flatMap(({ shares }, row) => {
    let from = 0;
    return shares.flatMap((share, i) => {
      const part = { row, i, share, x1: from, x2: from + Math.max(0, share) };
      from = part.x2;
      return part.share > 0 ? [part] : [];
    });
  });
  type Part = (typeof parts)[number];
  const middle = (row: number) => row * step + (narrow ? 28 : 15);
  return draw(
    {
      width,
      height: rows.length * step + 52,
      marginLeft: left,
      marginRight: right,
      marginTop: 4,
      marginBottom: 44,
      x: {
        domain: [0, 1],
        label: measure,
        labelAnchor: "center",
        labelArrow: "none",
        labelOffset: 38,
        ticks: narrow ? [0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1],
        tickFormat: (x: number) => percent(x),
        clamp: true,
      },
      y: { axis: null, domain: [rows.length * step, 0] },
      color: { type: "identity" },
      marks: [
        Plot.rect(parts, {
          x1: "x1",
          x2: "x2",
          y1: ({ row }: Part) => middle(row) - 10,
          y2: ({ row }: Part) => middle(row) + 10,
          fill: ({ i }: Part) => `var(--${series[i]?.colour ?? "soft"})`,
          fillOpacity: TINT,
          stroke: ({ i }: Part) => `var(--${series[i]?.colour ?? "soft"})`,
          inset: 0.75,
        }),
        Plot.text(
          parts.filter(({ share }) => share * full > 34),
          {
            x: ({ x1, x2 }: Part) => (x1 + x2) / 2,
            y: ({ row }: Part) => middle(row),
            text: ({ share }: Part) => percent(share),
            fontVariant: "tabular-nums",
          },
        ),
        Plot.text(rows, {
          y: (_: unknown, row: number) => middle(row) - (narrow ? 19 : 0),
          text: ({ label }: { label: string }) => short(label, 40),
          frameAnchor: "left",
          textAnchor: narrow ? "start" : "end",
          dx: narrow ? 0 : -10,
        }),
      ],
    },
    alternative,
  );
}

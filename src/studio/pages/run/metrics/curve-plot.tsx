import * as Plot from "@observablehq/plot";
import { decimal } from "../../../../report/format.ts";
import { label } from "../../../../report/text.ts";
import { Figure, Key } from "../../../components/figure.tsx";
import { PlotPicture } from "../../../components/plot.tsx";
import { type Panel, smoothed } from "./panels.ts";

const COLOURS = ["var(--a)", "var(--b)", "var(--c)", "var(--d)", "var(--e)", "var(--f)"];
const colourOf = (i: number): string => COLOURS[i % COLOURS.length]!;
/** More points than this can't be told apart on a screen. */
const MOST_POINTS = 2_000;

/** One panel over the steps; hovering a step says its numbers. */
export function CurvePlot({ panel, smooth }: { panel: Panel; smooth: number }) {
  const { title, note, series } = panel;
  const last = series.map(
    ({ name, points }) => `${short(name)} ${decimal(points.at(-1)?.value ?? Number.NaN, 3)}`,
  );
  return (
    <Figure title={label(title, 60)} {...(note !== undefined && { note })}>
      {series.length > 1 && (
        <Key entries={series.map(({ name }, i) => ({ name: label(short(name), 30), colour: colourOf(i) }))} />
      )}
      <PlotPicture
        alternative={`${label(title, 60)} over ${series[0]?.points.length ?? 0} steps; last: ${last.join(", ")}`}
        options={(width) => picture(panel, smooth, width)}
        data={[panel, smooth]}
      />
    </Figure>
  );
}

const short = (name: string): string => (name === "kl" ? "exact" : name.replace(/^(reward|kl)\./, ""));

function picture({ series }: Panel, smooth: number, width: number): Plot.PlotOptions {
  const curves = series.map(({ name, points }, i) => ({
    name: short(name),
    colour: colourOf(i),
    raw: thinned(points),
    points: thinned(smoothed(points, smooth)),
  }));
  const tips = curves.flatMap(({ name, points }) => points.map((point) => ({ ...point, name })));
  return {
    height: 210,
    marginLeft: 54,
    marginRight: 10,
    marginBottom: 36,
    x: {
      label: "step",
      labelAnchor: "center",
      labelArrow: "none",
      ticks: width < 350 ? 4 : 7,
      tickFormat: "d",
    },
    y: {
      label: null,
      grid: true,
      ticks: 5,
      nice: true,
      tickFormat: (y: number) => `${Number(y.toPrecision(4))}`.replace("-", "−"),
    },
    marks: [
      ...(smooth === 0
        ? []
        : curves.map(({ raw, colour }) =>
            Plot.line(raw, { x: "step", y: "value", stroke: colour, strokeOpacity: 0.25 }),
          )),
      ...curves.map(({ points, colour }) =>
        Plot.line(points, { x: "step", y: "value", stroke: colour, strokeWidth: 1.75 }),
      ),
      Plot.tip(
        tips,
        Plot.pointer({
          x: "step",
          y: "value",
          title: ({ name, step, value }: (typeof tips)[number]) =>
            `${label(name, 30)}, step ${step}\n${decimal(value, 4)}`,
          fill: "var(--paper)",
          stroke: "var(--soft)",
        }),
      ),
    ],
  };
}

/** Every n-th point, and the last. */
function thinned<T>(points: readonly T[]): T[] {
  const step = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, i) => i % step === 0 || i === points.length - 1);
}

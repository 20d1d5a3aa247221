import * as Plot from "@observablehq/plot";
import { decimal, whole } from "../../../../report/format.ts";
import { label } from "../../../../report/text.ts";
import { Figure, Key } from "../../../components/figure.tsx";
import { PlotPicture } from "../../../components/plot.tsx";
import { seriesStyle } from "../../../components/series-style.ts";
import { type Panel, smoothed } from "./panels.ts";

/** More points than this can't be told apart on a screen. */
const MOST_POINTS = 2_000;
/** Steps in the table under a picture, at most. */
const MOST_ROWS = 200;

/** One panel over the steps; hovering a step says its numbers. */
export function CurvePlot({ panel, smooth }: { panel: Panel; smooth: number }) {
  const { title, note, series } = panel;
  const last = series.map(
    ({ name, points }) => `${short(name)} ${decimal(points.at(-1)?.value ?? Number.NaN, 3)}`,
  );
  return (
    <Figure title={label(title, 60)} {...(note !== undefined && { note })} numbers={() => numbersOf(panel)}>
      {series.length > 1 && (
        <Key entries={series.map(({ name }, i) => ({ name: label(short(name), 30), ...seriesStyle(i) }))} />
      )}
      <PlotPicture
        alternative={`${label(title, 60)} over ${series[0]?.points.length ?? 0} steps; last: ${last.join(", ")}`}
        options={(width) => picture(panel, smooth, width)}
        data={[panel, smooth]}
      />
    </Figure>
  );
}

/** The numbers themselves, not smoothed; of many steps every n-th. */
function numbersOf({ series }: Panel) {
  const steps = thinned(
    [...new Set(series.flatMap(({ points }) => points.map(({ step }) => step)))],
    MOST_ROWS,
  );
  const columns = series.map(({ points }) => new Map(points.map(({ step, value }) => [step, value])));
  return {
    header: ["step", ...series.map(({ name }) => label(short(name), 60))],
    rows: steps
      .sort((a, b) => a - b)
      .map((step) => [whole(step), ...columns.map((values) => written(values.get(step)))]),
  };
}

const written = (value: number | undefined): string => (value === undefined ? "" : decimal(value, 4));

const short = (name: string): string => (name === "kl" ? "exact" : name.replace(/^(reward|kl)\./, ""));

function picture({ series }: Panel, smooth: number, width: number): Plot.PlotOptions {
  const curves = series.map(({ name, points }, i) => ({
    name: short(name),
    ...seriesStyle(i),
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
      ticks: stepTicks(
        curves.flatMap(({ points: all }) => [all[0]?.step ?? 1, all.at(-1)?.step ?? 1]),
        width < 350 ? 4 : 7,
      ),
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
      ...curves.flatMap(({ points, colour, dash }) => [
        Plot.line(points, {
          x: "step",
          y: "value",
          stroke: colour,
          strokeWidth: 1.75,
          strokeDasharray: dash,
        }),
        // a line of one point would not be seen
        ...(points.length === 1 ? [Plot.dot(points, { x: "step", y: "value", fill: colour, r: 3 })] : []),
      ]),
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

/** Whole steps alone: of a short run each one, else about as many as there is room for. */
function stepTicks(steps: readonly number[], most: number): number | number[] {
  const [first, last] = [Math.min(...steps), Math.max(...steps)];
  return last - first < most ? Array.from({ length: last - first + 1 }, (_, i) => first + i) : most;
}

/** Every n-th point, and the last. */
function thinned<T>(points: readonly T[], most = MOST_POINTS): T[] {
  const step = Math.ceil(points.length / most);
  return points.filter((_, i) => i % step === 0 || i === points.length - 1);
}

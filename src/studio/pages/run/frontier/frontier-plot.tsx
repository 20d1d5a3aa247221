import * as Plot from "@observablehq/plot";
import { decimal } from "../../../../report/format.ts";
import { label, plural } from "../../../../report/text.ts";
import { Figure, Key } from "../../../components/figure.tsx";
import { PlotPicture } from "../../../components/plot.tsx";
import { type SeriesStyle, seriesStyle } from "../../../components/series-style.ts";
import { type Kind, MEASURES, type Measure, type PlotPoint } from "./points.ts";

type Props = {
  points: readonly PlotPoint[];
  matched: readonly PlotPoint[];
  shown: readonly string[];
  measure: Measure;
  kind: Kind;
};

/** One curve a method over KL; hovering a point says everything about it. */
export function FrontierPlot({ points, matched, shown, measure, kind }: Props) {
  const drawn = points.filter(({ method }) => shown.includes(method));
  const between = matched.filter(({ method }) => shown.includes(method));
  const { title, note } = MEASURES[measure];
  return (
    <div>
      <Key
        entries={shown.map((method, i) => ({
          name: label(method, 48),
          ...seriesStyle(i),
        }))}
      />
      <Figure
        title={`KL to the base policy against ${title}`}
        note={note}
        numbers={{
          header: ["method", "setting", "KL (nats)", title, "95 % interval", "seeds"],
          rows: [...drawn, ...between].map(({ method, setting, kl, value, ci95, seeds }) => [
            label(method, 60),
            setting,
            decimal(kl, 3),
            decimal(value, 3),
            ci95 === undefined ? "" : `${decimal(ci95[0], 3)} … ${decimal(ci95[1], 3)}`,
            seeds === 0 ? "" : `${seeds}`,
          ]),
        }}
      >
        <PlotPicture
          alternative={`${title} against KL for ${shown.length} methods`}
          options={(width) => picture([...drawn, ...between], shown, width, measure, kind)}
          data={[points, matched, shown.join("|")]}
        />
      </Figure>
    </div>
  );
}

function picture(
  drawn: readonly PlotPoint[],
  shown: readonly string[],
  width: number,
  measure: Measure,
  kind: Kind,
): Plot.PlotOptions {
  const style = (method: string) => seriesStyle(shown.indexOf(method));
  const narrow = width < 500;
  return {
    height: narrow ? 300 : 420,
    marginLeft: 46,
    marginBottom: 42,
    marginTop: 24,
    x: {
      type: "sqrt",
      label:
        kind === "rl"
          ? "KL, nats a response (square-root scale)"
          : "bound on the KL, nats (square-root scale)",
      labelAnchor: "center",
      labelArrow: "none",
      ticks: narrow ? 4 : 8,
      insetLeft: 14,
      insetRight: 14,
    },
    y: { label: null, grid: true, ticks: 6, nice: true },
    color: { type: "identity" },
    marks: [
      ...(measure === "gap" ? [Plot.ruleY([0], { stroke: "var(--soft)" })] : []),
      ...shown.flatMap((method, i) => curveOf(method, drawn, style(method), sideBySide(i, shown.length))),
      Plot.tip(
        drawn,
        Plot.pointer({
          x: "kl",
          y: "value",
          title: titleOf,
          fill: "var(--paper)",
          stroke: "var(--soft)",
          maxRadius: 60,
        }),
      ),
    ],
  };
}

/** Curves whose points have one KL stand a little beside each other, so that every whisker can be seen. */
const sideBySide = (i: number, all: number): number => (i - (all - 1) / 2) * Math.min(4, 24 / all);

/** Lines through what was measured (one for each γ of RL, over its steps); whiskers where there is an interval; rings where a point lies between measurements. */
function curveOf(
  method: string,
  drawn: readonly PlotPoint[],
  { colour, dash }: SeriesStyle,
  dx: number,
): Plot.Markish[] {
  const own = drawn.filter((point) => point.method === method);
  const measured = own.filter(({ seeds }) => seeds > 0);
  return [
    Plot.line(measured, {
      x: "kl",
      y: "value",
      z: "track",
      stroke: colour,
      strokeWidth: 2,
      strokeDasharray: dash,
      dx,
    }),
    Plot.ruleX(
      own.filter(({ ci95 }) => ci95 !== undefined),
      {
        x: "kl",
        y1: ({ ci95 }: PlotPoint) => ci95?.[0],
        y2: ({ ci95 }: PlotPoint) => ci95?.[1],
        stroke: colour,
        strokeWidth: 1.5,
        strokeOpacity: 0.7,
        dx,
      },
    ),
    Plot.dot(own, {
      x: "kl",
      y: "value",
      fill: ({ seeds }: PlotPoint) => (seeds > 0 ? colour : "var(--paper)"),
      stroke: colour,
      strokeWidth: 1.5,
      r: 3.5,
      dx,
    }),
  ];
}

function titleOf({ method, setting, kl, value, ci95, seeds }: PlotPoint): string {
  const interval = ci95 === undefined ? "" : ` [${decimal(ci95[0], 3)}, ${decimal(ci95[1], 3)}]`;
  return `${label(method, 40)}\n${setting}${seeds === 0 ? "" : `; ${plural(seeds, "seed")}`}\nKL ${decimal(kl, 3)}\n${decimal(value, 3)}${interval}`;
}

import * as Plot from "@observablehq/plot";
import { decimal, percent, whole } from "../../../../report/format.ts";
import type { ModelInfo } from "../../../../rewards/model-info.ts";
import { Figure, Key } from "../../../components/figure.tsx";
import { PlotPicture } from "../../../components/plot.tsx";

type Fit = ModelInfo["calibration"];
type Bin = Fit["before"][number];

/** The share of pairs won against the probability given, before and after the temperature. */
export function Calibration({ calibration }: { calibration: Fit }) {
  const { before, after, temperature, eceBefore, eceAfter, eceIfPerfect } = calibration;
  const rows = [
    ...before.map((bin) => ["T = 1", bin] as const),
    ...after.map((bin) => ["fitted T", bin] as const),
  ];
  return (
    <Figure
      title="Do its probabilities mean what they say?"
      note={`On the diagonal they do. T = ${decimal(temperature, 3)}; expected calibration error ${decimal(eceBefore, 3)} before, ${decimal(eceAfter, 3)} after; perfect probabilities would show ${decimal(eceIfPerfect, 3)} on as many pairs.`}
      numbers={{
        header: ["", "probability", "share won", "pairs"],
        rows: rows.map(([name, { predicted, observed, count }]) => [
          name,
          decimal(predicted, 3),
          decimal(observed, 3),
          whole(count),
        ]),
      }}
    >
      <Key
        entries={[
          { name: "before (T = 1)", colour: "var(--b)", shape: "ring" },
          { name: "after", colour: "var(--a)", shape: "dot" },
        ]}
      />
      <PlotPicture
        alternative={`Reliability diagram with ${before.length} bins before and ${after.length} after the temperature`}
        options={() => picture(before, after)}
        data={[calibration]}
      />
    </Figure>
  );
}

function picture(before: readonly Bin[], after: readonly Bin[]): Plot.PlotOptions {
  const all = [...before, ...after];
  const from = all.every(({ predicted }) => predicted >= 0.5) ? 0.5 : 0;
  const bottom = Math.min(from, ...all.map(({ observed }) => Math.floor(10 * observed) / 10));
  const most = Math.max(1, ...all.map(({ count }) => count));
  const r = ({ count }: Bin) => 2.5 + 5.5 * Math.sqrt(count / most);
  const series = (bins: readonly Bin[], colour: string, fill: string) => [
    Plot.line(bins, { x: "predicted", y: "observed", stroke: colour, strokeWidth: 1.5, strokeOpacity: 0.7 }),
    Plot.dot(bins, { x: "predicted", y: "observed", r, fill, stroke: colour, strokeWidth: 1.5 }),
  ];
  return {
    height: 320,
    marginLeft: 48,
    marginBottom: 42,
    x: {
      domain: [from, 1],
      label: "probability given by the model",
      labelAnchor: "center",
      labelArrow: "none",
      grid: true,
    },
    y: { domain: [bottom, 1], label: "share of pairs won", labelArrow: "none", grid: true },
    r: { type: "identity" },
    marks: [
      Plot.line(
        [
          [from, from],
          [1, 1],
        ],
        { stroke: "var(--soft)", strokeDasharray: "4 3" },
      ),
      ...series(before, "var(--b)", "var(--paper)"),
      ...series(after, "var(--a)", "var(--a)"),
      Plot.tip(
        all,
        Plot.pointer({
          x: "predicted",
          y: "observed",
          fill: "var(--paper)",
          stroke: "var(--soft)",
          title: ({ predicted, observed, count }: Bin) =>
            `given ${decimal(predicted, 3)}\nwon ${percent(observed, 1)}\n${whole(count)} pairs`,
        }),
      ),
    ],
  };
}

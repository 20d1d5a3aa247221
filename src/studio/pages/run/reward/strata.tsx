import * as Plot from "@observablehq/plot";
import { percent, whole } from "../../../../report/format.ts";
import { label } from "../../../../report/text.ts";
import type { ModelInfo } from "../../../../rewards/model-info.ts";
import { Figure, Key } from "../../../components/figure.tsx";
import { PlotPicture } from "../../../components/plot.tsx";

type Row = { name: string; accuracy: number; ci95: readonly [number, number]; length: number; pairs: number };

/** Accuracy with its interval against choosing by length: over all pairs, and by how much the two differ in length. */
export function Strata({ model: { heldOut, lengthBaseline, lengthStrata } }: { model: ModelInfo }) {
  const rows: Row[] = [
    { name: "all pairs", ...heldOut, length: lengthBaseline.accuracy },
    ...lengthStrata.map(({ label: name, lengthAccuracy, ...rest }) => ({
      name: label(name, 40),
      ...rest,
      length: lengthAccuracy,
    })),
  ];
  return (
    <Figure
      title="Accuracy on held-out pairs, and by length alone"
      note="Lines are 95 % intervals over prompts. Where two responses are equally long, length can't help."
      numbers={{
        header: ["", "accuracy", "95 % interval", "by length", "pairs"],
        rows: rows.map(({ name, accuracy, ci95, length, pairs }) => [
          name,
          percent(accuracy, 1),
          `${percent(ci95[0], 1)} … ${percent(ci95[1], 1)}`,
          percent(length, 1),
          whole(pairs),
        ]),
      }}
    >
      <Key
        entries={[
          { name: "the model", colour: "var(--a)", shape: "dot" },
          { name: "by length alone", colour: "var(--b)", shape: "ring" },
        ]}
      />
      <PlotPicture
        alternative={`Accuracy of the model and of length, over all pairs and in ${lengthStrata.length} strata`}
        options={() => picture(rows)}
        data={[rows.map(({ name, accuracy }) => `${name} ${accuracy}`).join()]}
      />
    </Figure>
  );
}

function picture(rows: readonly Row[]): Plot.PlotOptions {
  return {
    height: 60 + 46 * rows.length,
    marginLeft: 130,
    marginRight: 14,
    marginBottom: 40,
    x: {
      domain: [0, 1],
      tickFormat: (x: number) => percent(x),
      ticks: 5,
      label: "share in people's order",
      labelAnchor: "center",
      labelArrow: "none",
      grid: true,
    },
    y: { domain: rows.map(({ name }) => name), label: null, tickSize: 0 },
    marks: [
      Plot.ruleX([0.5], { stroke: "var(--soft)", strokeDasharray: "4 3" }),
      Plot.ruleY(rows, {
        y: "name",
        x1: ({ ci95 }: Row) => ci95[0],
        x2: ({ ci95 }: Row) => ci95[1],
        stroke: "var(--a)",
        strokeWidth: 2,
      }),
      Plot.dot(rows, {
        x: "length",
        y: "name",
        r: 5,
        stroke: "var(--b)",
        strokeWidth: 2,
        fill: "var(--paper)",
      }),
      Plot.dot(rows, { x: "accuracy", y: "name", r: 5, fill: "var(--a)" }),
      Plot.tip(
        rows,
        Plot.pointer({
          x: "accuracy",
          y: "name",
          fill: "var(--paper)",
          stroke: "var(--soft)",
          title: ({ name, accuracy, ci95, length, pairs }: Row) =>
            `${name}\n${percent(accuracy, 1)} [${percent(ci95[0], 1)}, ${percent(ci95[1], 1)}]\nby length ${percent(length, 1)}\n${whole(pairs)} pairs`,
        }),
      ),
    ],
  };
}

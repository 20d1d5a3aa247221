import * as Plot from "@observablehq/plot";
import { decimal, percent } from "../../../../report/format.ts";
import { label } from "../../../../report/text.ts";
import { Figure, Key, type KeyEntry } from "../../../components/figure.tsx";
import { PlotPicture } from "../../../components/plot.tsx";
import type { Distribution } from "./evaluate-edit.ts";

const SERIES = (edited: boolean): KeyEntry[] => [
  { name: "all candidates", colour: "var(--soft)", shape: "fill" },
  { name: "what the run chose", colour: "var(--b)", dash: "5 3" },
  ...(edited ? [{ name: "what the edited goal chooses", colour: "var(--a)", shape: "line" as const }] : []),
];

/** z of each value: all candidates, the run's choices, and the edited goal's. */
export function Distributions({ distributions, edited }: { distributions: Distribution[]; edited: boolean }) {
  return (
    <>
      <p class="note">
        z = (reward − reference) / temperature, as edited. Right of 0 is better than the reference. Bars are
        shares; the first and the last one hold all that lies further out.
      </p>
      <Key entries={SERIES(edited)} />
      <div class="columns">
        {distributions.map((each) => (
          <Figure
            key={each.value}
            title={label(each.value, 40)}
            note={aboveWords(each, edited)}
            numbers={() => numbersOf(each, edited)}
          >
            <PlotPicture
              alternative={`Shares of z of ${label(each.value, 40)}. ${aboveWords(each, edited)}`}
              options={(width) => picture(each, edited, width)}
              data={[each, edited]}
            />
          </Figure>
        ))}
      </div>
    </>
  );
}

/** How much lies above the reference: the number that the picture shows as mass right of 0. */
function aboveWords({ above }: Distribution, edited: boolean): string {
  const now = edited ? `; of the edited goal's ${percent(above.edited)}` : "";
  return `Above the reference: ${percent(above.base)} of all candidates; of the run's choices ${percent(above.run)}${now}.`;
}

const numbersOf = ({ edges, base, run, edited: now }: Distribution, edited: boolean) => ({
  header: ["z from", "to", "all candidates", "the run's choices", ...(edited ? ["the edited goal's"] : [])],
  rows: base.map((share, i) => [
    decimal(edges[i]!, 3),
    decimal(edges[i + 1]!, 3),
    ...[share, run[i]!, ...(edited ? [now[i]!] : [])].map((each) => percent(each, 1)),
  ]),
});

function picture(
  { edges, base, run, edited: now }: Distribution,
  edited: boolean,
  width: number,
): Plot.PlotOptions {
  const bins = base.map((share, i) => ({ x1: edges[i]!, x2: edges[i + 1]!, share }));
  const steps = (shares: readonly number[]) => [
    { x: edges[0]!, share: 0 },
    ...shares.flatMap((share, i) => [
      { x: edges[i]!, share },
      { x: edges[i + 1]!, share },
    ]),
    { x: edges.at(-1)!, share: 0 },
  ];
  const most = Math.max(1e-6, ...base, ...run, ...(edited ? now : []));
  return {
    height: 190,
    marginLeft: 42,
    marginRight: 8,
    marginBottom: 36,
    x: {
      domain: [edges[0]!, edges.at(-1)!],
      label: "z",
      labelAnchor: "center",
      labelArrow: "none",
      ticks: width < 300 ? 4 : 7,
    },
    y: { domain: [0, most * 1.05], label: null, ticks: 4, tickFormat: (y: number) => percent(y), grid: true },
    marks: [
      Plot.rect(bins, { x1: "x1", x2: "x2", y1: 0, y2: "share", fill: "var(--soft)", fillOpacity: 0.4 }),
      Plot.ruleX([0], { stroke: "var(--ink)", strokeDasharray: "2 3" }),
      Plot.line(steps(run), {
        x: "x",
        y: "share",
        stroke: "var(--b)",
        strokeWidth: 2,
        strokeDasharray: "5 3",
      }),
      ...(edited ? [Plot.line(steps(now), { x: "x", y: "share", stroke: "var(--a)", strokeWidth: 2 })] : []),
      Plot.ruleY([0], { stroke: "var(--soft)" }),
    ],
  };
}

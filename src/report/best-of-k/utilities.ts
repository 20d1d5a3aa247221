import { scatter } from "../charts/scatter.ts";
import { type Colour, figure } from "../figure.ts";
import { whole } from "../format.ts";
import type { Html } from "../html.ts";

/** One candidate response. */
export type CandidatePoint = {
  /** log p(goal), nats. */
  u: number;
  /** Equal-weight sum of raw rewards. */
  sum: number;
  pickedBy: "goal" | "sum" | "both" | "neither";
};

const COLOURS: Record<CandidatePoint["pickedBy"], Colour> = {
  goal: "a",
  sum: "b",
  both: "c",
  neither: "soft",
};
const NAMES: Record<CandidatePoint["pickedBy"], string> = {
  goal: "picked by the goal only",
  sum: "picked by the sum only",
  both: "picked by both",
  neither: "picked by neither",
};
const ORDER = ["neither", "both", "sum", "goal"] as const;

/** u of every candidate against its equal-weight raw sum. */
export function utilities(points: readonly CandidatePoint[]): Html | null {
  if (points.length === 0) return null;
  const count = (kind: CandidatePoint["pickedBy"]) =>
    points.filter(({ pickedBy }) => pickedBy === kind).length;
  const sorted = [...points].sort((a, b) => ORDER.indexOf(a.pickedBy) - ORDER.indexOf(b.pickedBy));
  return figure({
    title: `${whole(count("sum"))} responses that the sum picks are not what the goal picks`,
    caption:
      "Each dot is one response. If the goal only rescaled the sum, the dots would lie on one rising curve; a response with a high sum and a low u is very good in one value and poor in another. u is at most 0, where the goal is surely met.",
    alternative: `Scatter plot of u against the equal-weight raw sum of ${whole(points.length)} responses. ${ORDER.map((kind) => `${NAMES[kind]}: ${whole(count(kind))}`).join("; ")}.`,
    draw: (width, alternative) =>
      scatter(
        {
          points: sorted.map(({ u, sum, pickedBy }) => ({ x: sum, y: u, colour: COLOURS[pickedBy] })),
          xMeasure: "equal-weight sum of raw rewards",
          yMeasure: "u = log p(goal), nats",
        },
        width,
        alternative,
      ),
    key: [...ORDER].reverse().map((kind) => ({ label: NAMES[kind], mark: "dot", colour: COLOURS[kind] })),
    numbers: {
      columns: [{ title: "Responses" }, { title: "Number", numeric: true }],
      rows: ORDER.map((kind) => [NAMES[kind], whole(count(kind))]),
    },
  });
}

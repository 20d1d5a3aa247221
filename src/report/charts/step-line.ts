import * as Plot from "@observablehq/plot";
import { label as short } from "../text.ts";
import { axis, draw, drawable, isNarrow, span } from "./draw.ts";

export type StepLine = {
  /** In the order of steps, at least one. */
  points: readonly { step: number; value: number }[];
  yMeasure: string;
};

/** With more points than this, dots would hide the line. */
const DOTTED = 40;

/** Of a run this short every step has a tick. */
const MOST_TICKS = 8;
const wholeSteps = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);
const middleAndEnds = (first: number, last: number): number[] => [
  first,
  Math.round((first + last) / 2),
  last,
];

/** One number over the steps of a run. */
export function stepLine({ points, yMeasure }: StepLine, width: number, alternative: string): string {
  const shown = points.map(({ step, value }) => ({ step, value: drawable(value) }));
  const [first, last] = [shown[0]?.step ?? 0, shown.at(-1)?.step ?? 0];
  const narrow = isNarrow(width);
  const ticks = last - first < MOST_TICKS ? wholeSteps(first, last) : middleAndEnds(first, last);
  const y = span(shown.map(({ value }) => value));
  return draw(
    {
      width,
      height: narrow ? 220 : 240,
      marginLeft: 56,
      marginRight: 14,
      marginTop: 28,
      marginBottom: 46,
      x: {
        domain: first === last ? [first - 1, last + 1] : [first, last],
        label: "step",
        labelAnchor: "center",
        labelArrow: "none",
        labelOffset: 38,
        ticks,
        tickFormat: (step: number) => String(step),
        insetLeft: 6,
        insetRight: 8,
      },
      y: { ...axis(y, short(yMeasure, 48), 4), labelAnchor: "top", labelOffset: 46 },
      marks: [
        Plot.line(shown, { x: "step", y: "value", stroke: "var(--a)", strokeWidth: 2 }),
        ...(shown.length > DOTTED
          ? []
          : [Plot.dot(shown, { x: "step", y: "value", r: 3, fill: "var(--a)" })]),
      ],
    },
    alternative,
  );
}

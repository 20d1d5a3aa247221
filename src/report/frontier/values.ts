import { curves } from "../charts/curves.ts";
import { figure } from "../figure.ts";
import type { Html } from "../html.ts";
import { label, listing } from "../text.ts";
import { side } from "../words.ts";
import { baseLine, curvesOf, keyOf, numbersOf, spoken, ticksOf, X_MEASURE } from "./curves.ts";
import { type Compared, highest, KIND_NAMES, levelName, versusRawSum } from "./words.ts";

/** The truth of each value along KL. */
export function trueValues(compared: Compared): Html | null {
  const { kind } = compared;
  const names = Object.keys(kind.levels[0]?.standings[0]?.trueValues ?? {});
  if (names.length === 0) return null;
  const of =
    (name: string) =>
    (measure: { trueValues: Readonly<Record<string, { value: number; ci95: [number, number] }>> }) =>
      measure.trueValues[name]!;
  return figure({
    title: `${title(compared)} (${KIND_NAMES[kind.kind]})`,
    caption:
      "Each panel is the mean of one true value, from 0 to 1, on one scale. A response counts as good in a value from 0.5 on. Bands are 95 % intervals over seeds and prompts; where a curve falls below the dashed base, aligning has cost some of that value.",
    alternative: `Curves of each true value. ${names.map((name) => `${label(name)}: ${spoken(compared, of(name))}`).join(" ")}`,
    draw: (width, alternative) =>
      curves(
        {
          panels: names.map((name) => ({
            title: name,
            curves: curvesOf(compared, of(name)),
            ...baseLine(compared, of(name)),
          })),
          xMeasure: X_MEASURE[kind.kind],
          yMeasure: "mean true value",
          ticks: ticksOf(compared),
        },
        width,
        alternative,
      ),
    key: keyOf(compared),
    numbers: numbersOf(
      compared,
      names.map((name) => [label(name, 24), of(name)]),
    ),
  });
}

function title({ comparison, kind }: Compared): string {
  const high = highest(kind);
  const versus = high && versusRawSum(high);
  if (versus === undefined) return "Each true value along KL";
  const named = (wanted: -1 | 0 | 1) =>
    Object.entries(versus.trueValues)
      .filter(([, estimate]) => side(estimate) === wanted)
      .map(([name]) => label(name, 24));
  const parts = [
    [named(1), "higher in"] as const,
    [named(-1), "lower in"] as const,
    [named(0), "not told apart in"] as const,
  ].flatMap(([names, words]) => (names.length > 0 ? [`${words} ${listing(names)}`] : []));
  return `At ${levelName(high!)}, ${label(comparison.method)} against the best raw sum is ${listing(parts)}`;
}

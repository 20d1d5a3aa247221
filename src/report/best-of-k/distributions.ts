import type { ValueDistribution } from "../../evaluate/types.ts";
import { type FiveNumbers, quantileBars } from "../charts/quantile-bars.ts";
import { type Colour, figure, type KeyEntry } from "../figure.ts";
import { decimal, percent } from "../format.ts";
import type { Html } from "../html.ts";
import { label, listing } from "../text.ts";

const COLOURS: readonly Colour[] = ["soft", "a", "b", "c"];

/** z of each value before and after choosing. */
export function distributions(values: readonly ValueDistribution[]): Html | null {
  if (values.length === 0) return null;
  const groups = values.map(({ value, series }) => ({
    label: value,
    bars: series.flatMap(({ method, quantiles }, i) => {
      const five = [0.05, 0.25, 0.5, 0.75, 0.95].map(
        (q) => quantiles.find((each) => Math.abs(each.q - q) < 1e-9)?.z ?? Number.NaN,
      );
      if (five.some(Number.isNaN)) return [];
      return [{ label: method, colour: COLOURS[Math.min(i, 3)]!, quantiles: five as FiveNumbers }];
    }),
  }));
  const methods = [...new Set(values.flatMap(({ series }) => series.map(({ method }) => method)))];
  const key: KeyEntry[] = methods.map((method, i) => ({
    label: label(method),
    mark: "bar",
    colour: COLOURS[Math.min(i, 3)]!,
  }));
  return figure({
    title: title(values),
    caption:
      "z is the reward’s distance from its reference in units of its temperature: z = (r − reference)/T, and p(good) = σ(z). The circle is the median, the thick bar holds the middle half, the thin line nine tenths. Right of the dashed line a response is better than its reference.",
    alternative: `Medians of z. ${values
      .map(
        ({ value, series }) =>
          `${label(value)}: ${series.map(({ method, quantiles }) => `${label(method)} ${decimal(quantiles.find(({ q }) => q === 0.5)?.z ?? Number.NaN)}`).join(", ")}`,
      )
      .join("; ")}.`,
    draw: (width, alternative) =>
      quantileBars(
        { groups, measure: "z = (r − reference)/T", line: { at: 0, label: "the reference" } },
        width,
        alternative,
      ),
    key,
    numbers: {
      columns: [
        { title: "Value" },
        { title: "Chosen by" },
        { title: "Mean", numeric: true },
        { title: "Std", numeric: true },
        ...[5, 25, 50, 75, 95].map((q) => ({ title: `${q} %`, numeric: true })),
        { title: "Above reference", numeric: true },
      ],
      rows: values.flatMap(({ value, series }) =>
        series.map(({ method, mean, std, quantiles, aboveReference }) => [
          value,
          method,
          decimal(mean),
          decimal(std),
          ...quantiles.map(({ z }) => decimal(z)),
          percent(aboveReference),
        ]),
      ),
    },
  });
}

function title(values: readonly ValueDistribution[]): string {
  const changes = values.flatMap(({ value, series }) => {
    const [base, goal] = series;
    if (base === undefined || goal === undefined) return [];
    return [`${label(value, 24)} from ${percent(base.aboveReference)} to ${percent(goal.aboveReference)}`];
  });
  return changes.length === 0 ? "Distribution of z" : `Above the reference: ${listing(changes)}`;
}

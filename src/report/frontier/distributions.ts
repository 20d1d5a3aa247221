import { quantileBars } from "../charts/quantile-bars.ts";
import { type Colour, figure } from "../figure.ts";
import { decimal } from "../format.ts";
import { type Html, html } from "../html.ts";
import { label, listing } from "../text.ts";
import { type Compared, highest, KIND_NAMES, levelName } from "./words.ts";

type Series = {
  name: string;
  colour: Colour;
  values: Compared["kind"]["levels"][number]["distributions"][string];
};

/** Truth and z of each value: the base, the compared method and the best raw sum at the highest KL they share. */
export function distributions(compared: Compared): Html | null {
  const { comparison, kind } = compared;
  const level = highest(kind);
  if (level === undefined) return null;
  const colours: Record<string, Colour> = { [comparison.method]: "a" };
  const series: Series[] = [
    ...(comparison.base === null
      ? []
      : [{ name: "base", colour: "soft" as const, values: comparison.base.distributions }]),
    ...Object.entries(level.distributions).map(([name, values]) => ({
      name,
      colour: colours[name] ?? "b",
      values,
    })),
  ];
  const where = `${KIND_NAMES[kind.kind]}, ${levelName(level)}`;
  return html`${bars(series, "truth", {
    title: `Median truth before and after, ${where}: ${medians(series, "truth")}`,
    caption:
      "The true value of single responses. The circle is the median, the thick bar holds the middle half, the thin line nine tenths. From the dashed line on a response counts as good.",
    measure: "true value",
    line: { at: 0.5, label: "good from here on" },
  })}${bars(series, "z", {
    title: `Median z before and after, ${where}: ${medians(series, "z")}`,
    caption:
      "z is the learned reward’s distance from the 85 % quantile of the base’s samples, in units of its temperature. This is what the reward models see, not the truth.",
    measure: "z = (r − reference)/T",
    line: { at: 0, label: "the reference" },
  })}`;
}

type Words = { title: string; caption: string; measure: string; line: { at: number; label: string } };

function bars(series: readonly Series[], of: "truth" | "z", { title, caption, measure, line }: Words): Html {
  const values = Object.keys(series[0]?.values ?? {});
  const rows = values.flatMap((value) =>
    series.map(({ name, colour, values }) => ({ value, name, colour, quantiles: values[value]![of] })),
  );
  return figure({
    title,
    caption: `${caption} Quantiles are means over seeds.`,
    alternative: `Medians, ${measure}. ${rows.map(({ value, name, quantiles }) => `${label(value)}, ${label(name)}: ${decimal(quantiles[2])}`).join("; ")}.`,
    draw: (width, alternative) =>
      quantileBars(
        {
          groups: values.map((value) => ({
            label: value,
            bars: rows
              .filter((row) => row.value === value)
              .map(({ name, colour, quantiles }) => ({ label: name, colour, quantiles: [...quantiles] })),
          })),
          measure,
          line,
        },
        width,
        alternative,
      ),
    key: series.map(({ name, colour }) => ({ label: label(name), mark: "bar", colour })),
    numbers: {
      columns: [
        { title: "Value" },
        { title: "Method" },
        ...[5, 25, 50, 75, 95].map((q) => ({ title: `${q} %`, numeric: true })),
      ],
      rows: rows.map(({ value, name, quantiles }) => [value, name, ...quantiles.map((x) => decimal(x))]),
    },
  });
}

/** `helpful 0.40, 0.60 and 0.70 (base, LSC AND and raw sum 1:1:1:1)` */
function medians(series: readonly Series[], of: "truth" | "z"): string {
  const values = Object.keys(series[0]?.values ?? {});
  const each = values.map(
    (value) =>
      `${label(value, 24)} ${series.map(({ values }) => decimal(values[value]![of][2], 1)).join(" → ")}`,
  );
  return `${each.join(", ")} (${listing(series.map(({ name }) => label(name)))})`;
}

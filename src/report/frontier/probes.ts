import type { Standing } from "../../frontier/index.ts";
import { intervalPlot } from "../charts/interval-plot.ts";
import { figure } from "../figure.ts";
import { decimal, signed, signedInterval } from "../format.ts";
import { type Html, html } from "../html.ts";
import { label, listing } from "../text.ts";
import { side } from "../words.ts";
import { type Compared, highest, KIND_NAMES, levelName, standing } from "./words.ts";

/** How the demo world's probes are counted in one response. */
const UNITS: Readonly<Record<string, string>> = {
  words: "words",
  padding: "padding: phrases that say nothing",
  confidence: "confidence: sure phrases less unsure ones",
  list: "list: share with a numbered list",
  repetition: "repetition: share with a sentence said twice",
};

/** Length has a scale of its own. */
const LENGTH = "words";

/** What aligning changed besides quality, at the highest KL that both sides share. */
export function probes(compared: Compared): Html | null {
  const level = highest(compared.kind);
  if (level === undefined || compared.comparison.base === null) return null;
  const shown = [standing(level, compared.comparison.method)!, standing(level, level.bestRawSum)!];
  const names = Object.keys(shown[0]!.probes);
  const rest = names.filter((name) => name !== LENGTH);
  const where = `${KIND_NAMES[compared.kind.kind]}, ${levelName(level)}`;
  return html`${names.includes(LENGTH) && forest(compared, shown, [LENGTH], where)}${rest.length > 0 && forest(compared, shown, rest, where)}`;
}

function forest(
  { comparison, kind }: Compared,
  shown: readonly Standing[],
  names: readonly string[],
  where: string,
): Html {
  const base = comparison.base!;
  const rows = names.flatMap((name) => shown.map((one, i) => ({ name, one, i, change: one.probes[name]! })));
  const measure = names.includes(LENGTH) ? "words a response: change from the base" : "change from the base";
  return figure({
    title: `${title(names, shown[0]!)} (${where})`,
    caption: `Each dot is the mean over responses minus that of the base, with its 95 % interval over seeds and prompts. At the dashed line nothing changed. The raters like length and a sure tone, so a reward model may pay for them; a shift is a reason to look, not proof of harm.`,
    alternative: `Forest plot: ${measure}. ${rows.map(({ name, one, change }) => `${label(name)}, ${label(one.method)}: ${signedInterval(change)}`).join("; ")}.`,
    draw: (width, alternative) =>
      intervalPlot(
        {
          rows: rows.map(({ name, one, i, change }) => ({
            label: one.method,
            estimate: change,
            group: UNITS[name] ?? name,
            colour: i === 0 ? ("a" as const) : ("b" as const),
            hollow: i > 0,
          })),
          measure,
          line: { at: 0, label: "as in the base" },
          write: signed,
        },
        width,
        alternative,
      ),
    key: shown.map(({ method }, i) => ({
      label: label(method),
      mark: i === 0 ? ("dot" as const) : ("ring" as const),
      colour: i === 0 ? ("a" as const) : ("b" as const),
    })),
    numbers: {
      columns: [
        { title: "Probe" },
        { title: "Method" },
        { title: "KL (nats)" },
        { title: "Base", numeric: true },
        { title: "Change", numeric: true },
      ],
      rows: kind.levels.flatMap((level) =>
        names.flatMap((name) =>
          level.standings.map(({ method, probes }) => [
            name,
            method,
            levelName(level),
            decimal(base.probes[name]!),
            signedInterval(probes[name]!),
          ]),
        ),
      ),
    },
  });
}

function title(names: readonly string[], own: Standing): string {
  const named = (wanted: 1 | -1) =>
    names.filter((name) => side(own.probes[name]!) === wanted).map((name) => label(name, 24));
  const parts = [[named(1), "more"] as const, [named(-1), "less"] as const].flatMap(([list, word]) =>
    list.length > 0 ? [`${word} ${listing(list)}`] : [],
  );
  const what =
    parts.length > 0 ? listing(parts) : `no clear change in ${listing(names.map((name) => label(name, 24)))}`;
  return `${label(own.method)} against the base: ${what}`;
}

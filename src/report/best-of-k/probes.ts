import type { ProbeReport, ProbeResult } from "../../evaluate/types.ts";
import { intervalPlot } from "../charts/interval-plot.ts";
import { type Colour, figure } from "../figure.ts";
import { decimal, signed, signedInterval, withInterval } from "../format.ts";
import { type Html, html } from "../html.ts";
import { label, listing, plural } from "../text.ts";

const COLOURS: readonly Colour[] = ["a", "b", "c", "d"];

/** Signs of reward hacking: what choosing changed besides quality, each with its interval against the base. */
export function probes(reports: readonly ProbeReport[]): Html | null {
  const first = reports[0];
  if (first === undefined || first.probes.length === 0) return null;
  const shares = forest(
    reports,
    ({ unit }) => unit === "share",
    ({ difference }) => difference,
    {
      measure: "change in the share of responses with at least one match",
      line: { at: 0, label: "as in the base" },
      write: signed,
      noun: "pattern",
    },
  );
  const sizes = forest(
    reports,
    ({ unit, ratio }) => unit === "mean" && ratio !== null,
    ({ ratio }) => ratio!,
    {
      measure: "chosen ÷ base",
      line: { at: 1, label: "as in the base" },
      write: (x) => decimal(x),
      noun: "count",
    },
  );
  return html`<p>A reward model may pay for length, lists or stock phrases instead of quality. Each probe compares the chosen
responses with the base, prompt by prompt.</p>
${sizes}${shares}`;
}

type Forest = {
  measure: string;
  line: { at: number; label: string };
  write: (x: number) => string;
  noun: string;
};

function forest(
  reports: readonly ProbeReport[],
  keep: (probe: ProbeResult) => boolean,
  of: (probe: ProbeResult) => ProbeResult["difference"],
  { measure, line, write, noun }: Forest,
): Html | null {
  const all = [...new Set(reports.flatMap((report) => report.probes.filter(keep).map(({ name }) => name)))];
  if (all.length === 0) return null;
  const absent = all.filter((each) =>
    reports.every(({ probes }) =>
      probes.every(({ name, base, chosen }) => name !== each || base.value + chosen.value === 0),
    ),
  );
  const names = all.filter((name) => !absent.includes(name));
  const found = names.flatMap((name) =>
    reports.flatMap(({ method, probes }, i) => {
      const probe = probes.find((each) => each.name === name && keep(each));
      return probe === undefined ? [] : [{ method, i, probe }];
    }),
  );
  const goalOnes = (reports[0]?.probes ?? []).filter(keep);
  return figure({
    title: forestTitle(goalOnes, noun),
    caption: `Each dot is the ${measure}, with its 95 % interval over prompts; at the dashed line choosing changed nothing. A clear shift is a reason to look, not proof of harm: longer may also be better.${
      absent.length > 0
        ? ` Found in no response at all: ${listing(absent.map((name) => label(name, 40)))}.`
        : ""
    }`,
    alternative: `Forest plot: ${measure}. ${found
      .map(({ method, probe }) => `${label(probe.name)}, ${label(method)}: ${withInterval(of(probe), write)}`)
      .join("; ")}.`,
    draw: (width, alternative) =>
      intervalPlot(
        {
          rows: found.map(({ method, i, probe }) => ({
            label: method,
            estimate: of(probe),
            colour: COLOURS[Math.min(i, 3)]!,
            hollow: i > 0,
            group: probe.name,
          })),
          measure: width < 500 && measure.length > 40 ? "change in share of responses" : measure,
          line,
          write,
        },
        width,
        alternative,
      ),
    key: reports.map(({ method }, i) => ({
      label: label(method),
      mark: i === 0 ? ("dot" as const) : ("ring" as const),
      colour: COLOURS[Math.min(i, 3)]!,
    })),
    numbers: {
      columns: [
        { title: "Probe" },
        { title: "Pattern" },
        { title: "Method" },
        { title: "Base", numeric: true },
        { title: "Chosen", numeric: true },
        { title: "Difference", numeric: true },
        { title: "Ratio", numeric: true },
        { title: "Verdict" },
      ],
      rows: found.map(({ method, probe }) => [
        probe.name,
        probe.pattern === undefined ? (probe.counts ?? "") : html`<code>${label(probe.pattern, 80)}</code>`,
        method,
        withInterval(probe.base),
        withInterval(probe.chosen),
        signedInterval(probe.difference),
        probe.ratio === null ? "–" : withInterval(probe.ratio),
        probe.verdict,
      ]),
    },
  });
}

function forestTitle(probes: readonly ProbeResult[], noun: string): string {
  const named = (verdict: ProbeResult["verdict"]) =>
    probes.filter((probe) => probe.verdict === verdict).map(({ name }) => label(name, 30));
  const up = named("higher");
  const down = named("lower");
  if (up.length + down.length === 0) return `Under the goal, no ${noun} of ${probes.length} changes clearly`;
  const list = (names: string[]) => (names.length > 3 ? plural(names.length, noun) : listing(names));
  const parts = [up.length > 0 && `more: ${list(up)}`, down.length > 0 && `less: ${list(down)}`].filter(
    (part) => part !== false,
  );
  return `Under the goal there is ${parts.join("; ")}`;
}

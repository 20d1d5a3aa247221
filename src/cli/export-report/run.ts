/**
 * `allgood export report`: a run as one file, for people or for machines, and whether it passes its gates.
 * @module
 */
import { extname } from "node:path";
import { UsageError } from "../../io/errors.ts";
import { writeFileAtomic } from "../../io/write.ts";
import { checkGate, describeGate, type GateResult, parseGate } from "./gate.ts";
import { toMarkdown } from "./markdown.ts";
import { readRun } from "./read-run.ts";
import type { RunSummary } from "./summary.ts";

export const FORMATS = ["html", "json", "csv", "md"] as const;
type Format = (typeof FORMATS)[number];

export type ReportOptions = { out?: string; format?: Format; gate?: string[] };

export type Exported = {
  /** What was made, in one piece of text. */
  document: string;
  format: Format;
  summary: ReturnType<typeof plain>;
};

/** A gate was missed. */
const MISSED = 100;

/**
 * Without `out` nothing is written. The format follows the ending of `out` where it is not given, and is Markdown where
 * there is neither.
 * @throws UsageError for a gate that can't be read or names an unknown measure, before anything is written
 */
export async function exportReport(folder: string, options: ReportOptions): Promise<Exported> {
  const format = options.format ?? formatOf(options.out);
  const gates = (options.gate ?? []).map(parseGate);
  const run = await readRun(folder);
  const results = gates.map((gate) => checkGate(gate, run.measures));
  const document = render(run, results, format);
  if (options.out !== undefined) await writeFileAtomic(options.out, document);
  return { document, format, summary: plain(run, results) };
}

export const exitCode = ({ summary }: Exported): number =>
  summary.gates.every(({ met }) => met) ? 0 : MISSED;

/** A line for each gate, for a terminal. */
export const gateLines = ({ summary }: Exported): string[] => summary.gates.map(describeGate);

function formatOf(out: string | undefined): Format {
  if (out === undefined) return "md";
  const ending = extname(out).slice(1).toLowerCase();
  const format = ending === "htm" ? "html" : ending === "markdown" ? "md" : ending;
  const known = FORMATS.find((each) => each === format);
  if (known !== undefined) return known;
  throw new UsageError(
    `--out ${out} does not say the format by its ending; end it with ${FORMATS.map((each) => `.${each}`).join(", ")}, or give --format`,
  );
}

function render(run: RunSummary, gates: readonly GateResult[], format: Format): string {
  switch (format) {
    case "html":
      return run.html();
    case "json":
      return `${JSON.stringify(plain(run, gates), null, 2)}\n`;
    case "csv":
      return csv(run);
    case "md":
      return toMarkdown(run, gates);
  }
}

/** What machines read. */
function plain({ html: _, table: __, facts, measures, ...rest }: RunSummary, gates: readonly GateResult[]) {
  return {
    ...rest,
    facts: Object.fromEntries(facts),
    measures: measures.map(({ ci95 = null, ...measure }) => ({ ...measure, ci95 })),
    gates: [...gates],
  };
}

function csv({ measures }: RunSummary): string {
  const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = measures.map(({ name, value, ci95 = [], about }) =>
    [cell(name), value, ci95[0] ?? "", ci95[1] ?? "", cell(about)].join(","),
  );
  return `${["measure,value,low,high,about", ...rows].join("\r\n")}\r\n`;
}

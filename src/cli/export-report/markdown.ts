/**
 * A run as Markdown that fits a pull request's comment.
 * @module
 */
import { visible } from "../../report/text.ts";
import { describeGate, type GateResult } from "./gate.ts";
import type { RunSummary } from "./summary.ts";

/** Warnings that stand open; the others are folded away. */
const OPEN = 5;

export function toMarkdown(
  { title, goal, facts, table, warnings }: RunSummary,
  gates: readonly GateResult[],
): string {
  const parts = [
    `### ${text(title)}`,
    goal === null ? null : `Goal: ${code(goal)}`,
    facts.map(([name, what]) => `${text(name)}: ${text(what)}`).join(" · "),
    gates.length === 0 ? null : gateList(gates),
    table.rows.length === 0 ? null : rows(table.header, table.rows),
    warnings.length === 0 ? null : list(warnings.slice(0, OPEN)),
    warnings.length <= OPEN ? null : folded(warnings.slice(OPEN)),
  ];
  return `${parts.filter((part) => part !== null && part !== "").join("\n\n")}\n`;
}

function gateList(gates: readonly GateResult[]): string {
  const missed = gates.filter(({ met }) => !met).length;
  const head = missed === 0 ? "**All gates met.**" : `**${missed} of ${gates.length} gates missed.**`;
  return [head, "", ...gates.map((gate) => `- ${gate.met ? "✅" : "❌"} ${text(describeGate(gate))}`)].join(
    "\n",
  );
}

function rows(header: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(text).join(" | ")} |`;
  const rule = header.map((_, i) => (i === 0 ? "---" : "---:"));
  return [line(header), `| ${rule.join(" | ")} |`, ...body.map(line)].join("\n");
}

const list = (sentences: readonly string[]): string =>
  sentences.map((sentence) => `- ${text(sentence)}`).join("\n");

const folded = (more: readonly string[]): string =>
  `<details><summary>${more.length} more notes</summary>\n\n${list(more)}\n\n</details>`;

/** One line of text that Markdown and HTML take as it is. */
function text(raw: string): string {
  return (
    visible(raw)
      .replace(/\s+/g, " ")
      .replace(/[\\`*_{}[\]<>|#~]/g, escaped)
      // these mean nothing to Markdown where they stand, and would only be hard to read
      .replace(/(\w)\\_(?=\w)/g, "$1_")
      .replace(/\\\[([-−+\d.,e ]+)\\\](?![(:])/g, "[$1]")
  );
}

const escaped = (mark: string): string => ({ "<": "&lt;", ">": "&gt;" })[mark] ?? `\\${mark}`;

/** A code span; the fence is longer than any run of backticks inside. */
function code(raw: string): string {
  const line = visible(raw).replace(/\s+/g, " ");
  const fence = "`".repeat(1 + Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length)));
  const pad = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${fence}${pad}${line}${pad}${fence}`;
}

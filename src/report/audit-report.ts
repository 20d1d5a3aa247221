import type { Audit, DisagreementExample, PickedExample } from "../evaluate/audit-types.ts";
import { columnsOf, correlations, dominance, picks } from "./audit/agreement.ts";
import { columns, lengths } from "./audit/columns.ts";
import { turn } from "./best-of-k/examples.ts";
import { facts, notes } from "./facts.ts";
import { decimal, signedInterval, whole, withInterval } from "./format.ts";
import { type Html, html } from "./html.ts";
import { objectiveView } from "./objective-view.ts";
import { page, type Section } from "./page.ts";
import { table } from "./table.ts";
import { label, listing, plural } from "./text.ts";
import { side } from "./words.ts";

export type AuditReportInput = {
  /** `Audit of helpful and harmless` where absent. */
  title?: string;
  audit: Audit;
  /** Files that were read, for people. */
  files?: readonly string[];
  /** Last line: versions, command, date; nothing where absent. */
  made?: string;
};

/** What is found in raw reward columns, to be put on a page. */
export type AuditFindings = { title: string; subtitle: string; lead: readonly Html[]; sections: Section[] };

/** A self-contained HTML page on raw reward columns. Never throws on the content of strings. */
export function auditReport({ title, made = "", ...input }: AuditReportInput): string {
  const found = auditFindings(input);
  return page({ ...found, title: title ?? found.title, footer: html`${label(made, 300)}` });
}

/** The parts of {@link auditReport}. */
export function auditFindings({
  audit,
  files = [],
}: Pick<AuditReportInput, "audit" | "files">): AuditFindings {
  const names = audit.columns.map(({ name }) => label(name, 24));
  const parts = [picks(audit.sum), dominance(audit.sum)].filter((part) => part !== null);
  const sections = [
    { id: "notes", title: "What to know", body: notes(audit.notes) },
    { id: "sum", title: "The raw sum against LSC AND", body: parts.length === 0 ? null : html`${parts}` },
    { id: "agreement", title: "Do the columns agree?", body: correlations(audit.columns, audit.pairs) },
    { id: "columns", title: "Each column", body: columns(audit.columns) },
    { id: "length", title: "Is it length?", body: lengths(audit.columns) },
    { id: "examples", title: "Where the picks differ most", body: differences(audit.sum.examples) },
    { id: "recommendation", title: "Recommended objective", body: recommendation(audit) },
    { id: "setup", title: "How it was done", body: setup(audit, files) },
  ].filter((section): section is Section => section.body !== null);
  return {
    title: `Audit of ${listing(names)}`,
    subtitle: `${plural(audit.rows.kept, "row")}, ${plural(audit.prompts.total, "prompt")}, ${plural(names.length, "reward column")}`,
    lead: lead(audit, names),
    sections,
  };
}

function lead({ rows, prompts, sum }: Audit, names: readonly string[]): Html[] {
  return [
    html`${plural(rows.kept, "row")} with rewards ${listing(names)} were read for ${plural(prompts.total, "prompt")};
${plural(prompts.ranked, "prompt")} ${prompts.ranked === 1 ? "has" : "have"} several responses to choose among.${
      rows.bad.length > 0 && ` ${whole(rows.read - rows.kept)} rows were left out.`
    }`,
    html`${
      sum.picksDiffer === null
        ? "No prompt has two responses, so there is nothing to choose."
        : html`An equal-weight sum of the raw rewards and LSC AND pick different responses for a share of
<b>${withInterval(sum.picksDiffer)}</b> of the prompts.`
    }${sum.aboveInAll !== null && aboveWords(sum.aboveInAll)}${
      sum.dominant !== null && ` The column that decides the sum is ${label(sum.dominant, 30)}.`
    }`,
    html`There is no truth in these columns: each is judged by itself, so a gain here is a gain in these rewards, and no proof that
people would agree.`,
  ];
}

function aboveWords({ lsc, sum, difference }: NonNullable<Audit["sum"]["aboveInAll"]>): Html {
  const words = {
    1: "LSC AND is ahead beyond chance",
    0: "the interval holds zero",
    [-1]: "the sum is ahead beyond chance",
  }[side(difference)];
  return html` LSC AND’s pick is above the reference in all columns for ${withInterval(lsc)}, the sum’s for ${withInterval(sum)};
the difference is ${signedInterval(difference)}: ${words}.`;
}

function differences(examples: readonly DisagreementExample[]): Html | null {
  if (examples.length === 0) return null;
  return html`<p>The prompts where the sum’s pick loses most utility. These are the extremes, not the typical case.</p>
${examples.map(
  ({ prompt, sum, lsc }) => html`<details class="example"><summary><bdi>${label(prompt, 110)}</bdi>
<span class="note">u ${decimal(sum.u)} for the sum’s pick, ${decimal(lsc.u)} for LSC AND’s</span></summary>
<p class="who">Prompt</p>${turn(prompt)}
${picked("The sum picks", sum)}${picked("LSC AND picks", lsc)}</details>\n`,
)}`;
}

function picked(who: string, { line, response, rewards, z, u }: PickedExample): Html {
  return html`<p class="who">${who} (line ${line})</p>${response !== "" && turn(response)}
<p class="note">r: ${columnsOf(rewards)}<br>z: ${columnsOf(z)}<br>u = ${decimal(u)}</p>`;
}

function recommendation({ recommendation }: Audit): Html {
  const { objective, temperatureRule, referenceRule, references } = recommendation;
  return html`${facts([
    ["goal", html`<code><bdi>${objective.goal}</bdi></code>`],
    ["temperatures", temperatureRule],
    ["references", referenceRule],
    [
      "prompts",
      `${whole(references.perPrompt)} of ${whole(references.prompts)} with their own reference, ${whole(references.fellBackToGlobal)} on the global one`,
    ],
  ])}
${objectiveView(objective)}`;
}

function setup({ rows, prompts, resamples, seed }: Audit, files: readonly string[]): Html {
  return html`${facts([
    ...(files.length > 0 ? ([["files", listing(files)]] as const) : []),
    ["rows", `${whole(rows.kept)} used of ${whole(rows.read)} read`],
    [
      "prompts",
      `${whole(prompts.ranked)} with several responses, ${whole(prompts.single)} with one; ${prompts.candidates.fewest} to ${prompts.candidates.most} responses each (mean ${decimal(prompts.candidates.mean, 1)})`,
    ],
    ["intervals", `95 %, ${plural(resamples, "bootstrap resample")} of prompts, seed ${seed}`],
  ])}
${
  rows.bad.length > 0 &&
  table({
    columns: [
      { title: "Rows left out because" },
      { title: "Number", numeric: true },
      { title: "First line", numeric: true },
    ],
    rows: rows.bad.map(({ reason, count, firstLine }) => [reason, whole(count), whole(firstLine)]),
  })
}`;
}

/**
 * The report on best-of-k that gave responses up early.
 * @module
 */
import type { EarlyStopping } from "../align/index.ts";
import type { ObjectiveFile } from "../objective/index.ts";
import type { Estimate } from "../stats/bootstrap.ts";
import { turn } from "./best-of-k/examples.ts";
import { facts } from "./facts.ts";
import { decimal, percent, whole, withInterval } from "./format.ts";
import { type Html, html } from "./html.ts";
import { objectiveView } from "./objective-view.ts";
import { page, type Section } from "./page.ts";
import { table } from "./table.ts";
import { label, plural } from "./text.ts";

/** What was chosen at one prompt. */
export type EarlyChoiceRow = {
  /** The dialogue as text. */
  prompt: string;
  response: string;
  /** log p(goal), nats. */
  u: number;
  /** Sampled, of all k responses. */
  tokens: number;
  /** What k whole responses would have taken: an estimate. */
  plainTokens: number;
  /** False at the prompts that it was learned from, where nothing was given up. */
  early: boolean;
};

export type EarlyReportInput = {
  learned: EarlyStopping;
  rows: readonly EarlyChoiceRow[];
  /** Over the prompts that it was used on. */
  saved: Estimate;
  utility: Estimate;
  objective: ObjectiveFile;
  settings: Readonly<Record<string, unknown>>;
  /** Last line: versions, command, date; nothing where absent. */
  made?: string;
};

/** A self-contained HTML page on one run of best-of-k with early stopping. Never throws on the content of strings. */
export function earlyReport(input: EarlyReportInput): string {
  const { learned, rows, objective, settings, made = "" } = input;
  const sections = [
    { id: "cost", title: "What it took", body: cost(rows) },
    { id: "stages", title: "When a response is given up", body: stages(learned) },
    { id: "lowest", title: "The lowest choices", body: lowest(rows) },
    { id: "setup", title: "How it was done", body: html`${[setup(settings), objectiveView(objective)]}` },
  ] satisfies Section[];
  return page({
    title: `Best of ${learned.k} for “${label(objective.goal, 100)}”, giving up early`,
    subtitle: `${plural(rows.length, "prompt")}, judged after ${learned.stages.join(", ")} tokens`,
    lead: lead(input),
    sections,
    footer: html`${label(made, 300)}`,
  });
}

function lead({ learned, rows, saved, utility }: EarlyReportInput): Html[] {
  const used = rows.filter(({ early }) => early).length;
  return [
    html`On ${plural(used, "prompt")} responses that could hardly win any more were given up half-way. That saved
<b>${withInterval(saved)}</b> of the tokens that plain best of ${learned.k} would have sampled, by an estimate from the other
${plural(rows.length - used, "prompt")}, where nothing was given up. The chosen have a mean u of ${withInterval(utility)} nats.`,
    html`The winner of plain best-of-k is given up at a share of at most ${decimal(learned.risk)} of prompts of the same kind, averaged
over calibrations. Whether the rewards are right, this page can’t say: no judge has seen the choices.`,
  ];
}

function cost(rows: readonly EarlyChoiceRow[]): Html {
  const mean = (of: readonly number[]) => of.reduce((sum, each) => sum + each, 0) / Math.max(1, of.length);
  const row = (name: string, early: boolean) => {
    const some = rows.filter((each) => each.early === early);
    return [
      name,
      whole(some.length),
      decimal(mean(some.map(({ tokens }) => tokens)), 1),
      decimal(mean(some.map(({ plainTokens }) => plainTokens)), 1),
      decimal(mean(some.map(({ u }) => u)), 3),
      decimal(mean(some.map(({ u }) => Math.exp(u))), 3),
    ];
  };
  const titles = ["Number", "Tokens each", "Whole (estimate)", "Mean u", "Mean p(goal)"];
  return table({
    columns: [{ title: "Prompts" }, ...titles.map((title) => ({ title, numeric: true }))],
    rows: [row("used on", true), row("learned from", false)],
  });
}

function stages({ stages, bounds }: EarlyStopping): Html {
  return html`<p>At a stage, a response is expected to end with the u of the line. It is given up where it is expected to end
further below the best of its prompt than the margin.</p>
${table({
  columns: [
    { title: "After tokens", numeric: true },
    { title: "Expected u at the end" },
    { title: "Margin in u", numeric: true },
    { title: "Still to go, tokens", numeric: true },
  ],
  rows: bounds.map(({ intercept, slope, margin, remaining }, s) => [
    whole(stages[s] ?? 0),
    `${decimal(intercept, 3)} + ${decimal(slope, 3)} × u so far`,
    margin === null ? "none is given up" : decimal(margin, 3),
    decimal(remaining, 1),
  ]),
})}`;
}

/** Most prompts shown. */
const MOST = 20;

function lowest(rows: readonly EarlyChoiceRow[]): Html {
  const shown = rows.toSorted((a, b) => a.u - b.u).slice(0, MOST);
  return html`<p>The ${plural(shown.length, "prompt")} where even the choice has the lowest u. These are the extremes, not the typical
case.</p>
${shown.map(
  ({
    prompt,
    response,
    u,
    tokens,
    early,
  }) => html`<details class="example"><summary><bdi>${label(prompt, 110)}</bdi>
<span class="note">u = ${decimal(u)}, p = ${percent(Math.exp(u), 1)}</span></summary>
<p class="who">Prompt</p>${turn(prompt)}
<p class="who">Chosen</p>${turn(response)}
<p class="note">${whole(tokens)} tokens${early ? "" : ", nothing given up"}</p></details>\n`,
)}`;
}

function setup(settings: EarlyReportInput["settings"]): Html {
  return facts(
    Object.entries(settings)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : String(value)] as const),
  );
}

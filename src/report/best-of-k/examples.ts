/**
 * Prompt by prompt: what each method chose and why, so that a reader can judge for themselves.
 * @module
 */
import { decimal } from "../format.ts";
import { type Html, html } from "../html.ts";
import { table } from "../table.ts";
import { cut, label, listing, plural } from "../text.ts";

/** One prompt with what several methods chose. */
export type PromptExample = {
  promptHash: string;
  /** The dialogue as text. */
  prompt: string;
  /** The base's sample first; then the goal's pick and others'. */
  picks: readonly ExamplePick[];
};

export type ExamplePick = {
  method: string;
  candidateId: string;
  response: string;
  /** log p(goal), nats. */
  u: number;
  /** The value that holds this response back; null if every slope is 0. */
  binding: string | null;
  values: Record<string, { r: number; z: number; p: number }>;
};

/** Most prompts shown, longest text of one turn, and most HTML that all of them take together, in characters. */
const MOST = 50;
const LONGEST = 2_500;
const BUDGET = 1_200_000;

/** The prompts that choosing changes most: by u of the goal's pick over u of the base's sample. */
export function examples(given: readonly PromptExample[], goalMethod: string): Html | null {
  if (given.length === 0) return null;
  const ranked = given
    .map((example) => ({ example, gain: gainOf(example, goalMethod) }))
    .sort((a, b) => b.gain - a.gain)
    .slice(0, MOST);
  const shown: Html[] = [];
  let size = 0;
  for (const { example, gain } of ranked) {
    const block = oneExample(example, gain);
    size += block.source.length;
    if (size > BUDGET && shown.length > 0) break;
    shown.push(block);
  }
  return html`<p>The ${plural(shown.length, "prompt")} of ${given.length.toLocaleString("en-US")} where the goal’s pick gains most utility over the
base’s sample. These are the extremes, not the typical case. Responses are shown as they are in the data.</p>
${shown}`;
}

function gainOf({ picks }: PromptExample, goalMethod: string): number {
  const goal = picks.find(({ method }) => method === goalMethod);
  const base = picks[0];
  return goal === undefined || base === undefined ? Number.NEGATIVE_INFINITY : goal.u - base.u;
}

function oneExample({ prompt, picks }: PromptExample, gain: number): Html {
  return html`<details class="example"><summary><bdi>${label(prompt, 110)}</bdi>
<span class="note">u rises by ${decimal(gain)}; ${plural(distinct(picks).length, "different pick")}</span></summary>
<p class="who">Prompt</p>${turn(prompt)}
${distinct(picks).map(onePick)}</details>
`;
}

/** Picks of the same candidate together, with the methods that made them. */
function distinct(picks: readonly ExamplePick[]) {
  const byCandidate = new Map<string, { pick: ExamplePick; methods: string[] }>();
  for (const pick of picks) {
    const same = byCandidate.get(pick.candidateId);
    if (same === undefined) byCandidate.set(pick.candidateId, { pick, methods: [pick.method] });
    else same.methods.push(pick.method);
  }
  return [...byCandidate.values()];
}

function onePick({ pick, methods }: { pick: ExamplePick; methods: string[] }): Html {
  return html`<p class="who">Chosen by <bdi>${listing(methods.map((method) => label(method)))}</bdi></p>${turn(pick.response)}
${table({
  columns: [
    { title: "Value" },
    { title: "r", numeric: true },
    { title: "z", numeric: true },
    { title: "p(good)", numeric: true },
  ],
  rows: Object.entries(pick.values).map(([value, { r, z, p }]) => [
    html`<bdi>${label(value)}</bdi>${value === pick.binding && html` <span class="note">(holds it back)</span>`}`,
    decimal(r),
    decimal(z),
    decimal(p),
  ]),
})}
<p class="note">u = ${decimal(pick.u)}, p = ${decimal(Math.exp(pick.u))}</p>`;
}

/** Whole text of one turn, cut with a note. */
export function turn(text: string): Html {
  const { text: shown, left } = cut(text, LONGEST);
  return html`<div class="turn" dir="auto">${shown}${
    left > 0 && html`<span class="note">… [cut: ${left.toLocaleString("en-US")} more characters]</span>`
  }</div>`;
}

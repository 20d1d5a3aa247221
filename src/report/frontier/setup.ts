import type { FrontierRow, FrontierSettings } from "../../frontier/index.ts";
import { facts } from "../facts.ts";
import { decimal, percent, whole } from "../format.ts";
import { type Html, html } from "../html.ts";
import { type Table, table } from "../table.ts";
import { label, listing } from "../text.ts";

/** What was run, and how far each run got. */
export function setup(settings: FrontierSettings, rows: readonly FrontierRow[]): Html {
  const { seeds, sizes, ks, rl, pairsPerPrompt, members, worldSeed } = settings;
  const last = reached(rows);
  return html`${facts([
    [
      "seeds",
      `${listing(seeds.map(String))}, of raters, reward models and training; the world and its base policy have seed ${worldSeed}`,
    ],
    [
      "prompts for raters",
      `${whole(sizes.learn.prompts)}, with ${sizes.learn.samples} responses each and up to ${pairsPerPrompt} pairs a value`,
    ],
    [
      "prompts to train on",
      `${whole(sizes.align.prompts)}, references from ${sizes.align.samples} responses each`,
    ],
    [
      "test prompts",
      `${whole(sizes.test.prompts)}, the same for every method and seed, with ${sizes.test.samples} base responses each; no prompt is in two of these sets`,
    ],
    [
      "reward models",
      `one a value, n-grams by Bradley–Terry; the ensemble has ${members} fits on resampled pairs`,
    ],
    ["best-of-k", `k = ${listing(ks.map(String))}`],
    ...trainingFacts(rl, rows),
    ["measurements", `${whole(rows.length)} rows`],
  ])}
${last.rows.length > 0 && html`<details><summary>How far each run got (${last.rows.length})</summary>${table(last)}</details>`}`;
}

function trainingFacts(rl: FrontierSettings["rl"], rows: readonly FrontierRow[]): [string, string][] {
  const algorithms = new Set(
    rows.flatMap(({ setting }) => (setting.kind === "rl" ? [setting.algorithm] : [])),
  );
  if (algorithms.size === 0) return [["reinforcement learning", "none"]];
  return [
    [
      "reinforcement learning",
      `${listing([...algorithms].map((name) => name.toUpperCase()))}, measured after ${listing(rl.measureAt.map(String))} steps of ${rl.promptsPerStep} prompts × ${rl.samples} responses, learning rate ${rl.learningRate}; ${rl.testSamples} responses to each test prompt at each measurement`,
    ],
  ];
}

/** The last measurement of every method and KL weight. */
function reached(rows: readonly FrontierRow[]): Table {
  const runs = new Map<string, { method: string; klWeight: number; last: Map<number, FrontierRow> }>();
  for (const row of rows) {
    if (row.setting.kind !== "rl") continue;
    const { klWeight, step } = row.setting;
    const key = JSON.stringify([row.method, klWeight]);
    const run = runs.get(key) ?? { method: row.method, klWeight, last: new Map() };
    const before = run.last.get(row.seed)?.setting;
    if (before === undefined || (before.kind === "rl" && before.step < step)) run.last.set(row.seed, row);
    runs.set(key, run);
  }
  const range = (numbers: readonly number[]) =>
    `${decimal(Math.min(...numbers), 1)} to ${decimal(Math.max(...numbers), 1)}`;
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  return {
    columns: [
      { title: "Method" },
      { title: "γ", numeric: true },
      { title: "Seeds", numeric: true },
      { title: "KL at the end (nats)", numeric: true },
      { title: "Good in all values at the end", numeric: true },
    ],
    rows: [...runs.values()]
      .sort((a, b) => (a.method < b.method ? -1 : a.method > b.method ? 1 : a.klWeight - b.klWeight))
      .map(({ method, klWeight, last }) => [
        label(method),
        String(klWeight),
        String(last.size),
        range([...last.values()].map(({ kl }) => kl)),
        percent(mean([...last.values()].map(({ allGood }) => allGood)), 1),
      ]),
  };
}

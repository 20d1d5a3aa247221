/**
 * A run of `align best-of-k --early-stop`, from `run.json` and `chosen.jsonl`.
 * @module
 */
import { join } from "node:path";
import { z } from "zod";
import { parseObjectiveFile } from "../../objective/index.ts";
import { parsePrompt } from "../../preferences/index.ts";
import { percent, withInterval } from "../../report/format.ts";
import { type EarlyChoiceRow, earlyReport } from "../../report/index.ts";
import { readChecked } from "../../serve/studio/run-file.ts";
import { bootstrap } from "../../stats/bootstrap.ts";
import { checkedRows } from "./scored.ts";
import { estimated, type Measure, type RunSummary } from "./summary.ts";

const bound = z.object({
  intercept: z.number(),
  slope: z.number(),
  margin: z.number().nullable(),
  remaining: z.number(),
});

const schema = z.looseObject({
  version: z.string(),
  options: z.looseObject({ seed: z.number(), policy: z.string() }),
  objective: z.object({ hash: z.string(), file: z.unknown() }),
  learned: z.object({
    k: z.number(),
    stages: z.array(z.number()),
    risk: z.number(),
    prompts: z.number(),
    bounds: z.array(bound),
  }),
});

const chosen = z.looseObject({
  prompt: z.unknown(),
  response: z.string(),
  u: z.number(),
  tokens: z.number(),
  plainTokens: z.number(),
  early: z.boolean(),
});

export async function earlySummary(folder: string): Promise<RunSummary> {
  const { version, options, learned, objective } = await readChecked(join(folder, "run.json"), schema);
  const file = parseObjectiveFile(objective.file);
  const rows = await readChosen(join(folder, "chosen.jsonl"));
  const used = rows.filter(({ early }) => early);
  const found = estimates(used, options.seed);
  const made = `allgood ${version}, objective ${objective.hash.slice(0, 12)}, seed ${options.seed}`;
  const facts = [
    ["prompts", String(rows.length)],
    ["learned from", String(learned.prompts)],
    ["k", String(learned.k)],
    ["judged after tokens", learned.stages.join(", ")],
    ["risk", String(learned.risk)],
    ["policy", options.policy],
    ["seed", String(options.seed)],
    ["objective", objective.hash.slice(0, 12)],
    ["allgood", version],
  ] as const;
  return {
    kind: "best-of-k-early-stop",
    title: `Best of ${learned.k}, giving up early: ${withInterval(found.saved)} of the tokens saved`,
    goal: file.goal,
    facts,
    measures: measuresOf(rows, learned, found),
    table: tableOf(rows),
    warnings: [
      "No judge has seen the choices: u is of the very rewards that chose.",
      ...(learned.bounds.every(({ margin }) => margin === null)
        ? ["The prompts were too few for the risk: nothing was given up."]
        : []),
    ],
    html: () =>
      earlyReport({ learned, rows, ...found, objective: file, settings: Object.fromEntries(facts), made }),
  };
}

async function readChosen(file: string): Promise<EarlyChoiceRow[]> {
  const rows: EarlyChoiceRow[] = [];
  for await (const { line, row } of checkedRows(file, chosen)) {
    const prompt = parsePrompt(row.prompt, { file, line });
    const text = prompt.map(({ role, content }) => (prompt.length === 1 ? content : `${role}: ${content}`));
    rows.push({ ...row, prompt: text.join("\n\n") });
  }
  return rows;
}

type Estimates = ReturnType<typeof estimates>;

/** With intervals over prompts, where each stands for itself. */
function estimates(used: readonly EarlyChoiceRow[], seed: number) {
  const over = (statistic: (some: readonly EarlyChoiceRow[]) => number) =>
    bootstrap(used.length, (units) => statistic(Array.from(units, (i) => used[i]!)), { seed });
  return {
    saved: over((some) => 1 - sum(some, "tokens") / sum(some, "plainTokens")),
    utility: over((some) => sum(some, "u") / some.length),
  };
}

const sum = (rows: readonly EarlyChoiceRow[], of: "tokens" | "plainTokens" | "u"): number =>
  rows.reduce((total, row) => total + row[of], 0);

function measuresOf(
  rows: readonly EarlyChoiceRow[],
  learned: { prompts: number; risk: number },
  { saved, utility }: Estimates,
): Measure[] {
  return [
    estimated("tokens_saved", saved, "share of the tokens of plain best-of-k, which are an estimate"),
    estimated(
      "utility",
      utility,
      "mean u = log p(goal) of the chosen where responses were given up, in nats",
    ),
    { name: "tokens", value: sum(rows, "tokens"), about: "sampled, those of the prompts learned from too" },
    { name: "risk", value: learned.risk, about: "bound on the share of prompts whose winner is given up" },
    { name: "learned_from", value: learned.prompts, about: "prompts where nothing was given up" },
    { name: "prompts", value: rows.length, about: "prompts chosen for" },
  ];
}

function tableOf(rows: readonly EarlyChoiceRow[]): RunSummary["table"] {
  const line = (name: string, some: readonly EarlyChoiceRow[]) => [
    name,
    String(some.length),
    String(sum(some, "tokens")),
    percent(1 - sum(some, "tokens") / sum(some, "plainTokens"), 1),
    (sum(some, "u") / some.length).toFixed(3),
  ];
  const [used, learnedFrom] = [true, false].map((early) => rows.filter((row) => row.early === early));
  return {
    header: ["prompts", "number", "tokens", "saved", "mean u"],
    rows: [line("used on", used!), line("learned from", learnedFrom!)],
  };
}

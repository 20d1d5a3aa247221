/** One line about each run, for the table of runs. @module */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { parseObjectiveFile } from "../../objective/index.ts";
import type { Found } from "./find-runs.ts";
import { readMetrics } from "./metrics-file.ts";
import {
  bestOfKSchema,
  comparisonSchema,
  readChecked,
  rewardModelSchema,
  runRecordSchema,
} from "./run-file.ts";
import type { Figure, RunKind, RunSummary } from "./types.ts";

type Said = Pick<RunSummary, "made" | "goal" | "figures">;

/** A run that can't be read is listed too, with what is wrong with it. */
export async function summarise(root: string, { name, kind }: Found): Promise<RunSummary> {
  const { file, say } = KINDS[kind];
  const date = await dateOf(join(root, name, file), join(root, name));
  try {
    return { name, kind, date, ...(await say(join(root, name))) };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { name, kind, date, made: kind, goal: null, figures: [], problem };
  }
}

/** When the first of these that is there was last written to; a run that has just begun has no `metrics.jsonl` yet. */
async function dateOf(...paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined) return found.mtime.toISOString();
  }
  return new Date(0).toISOString();
}

/** The file whose age is the run's, and what is said of a run in a folder. */
const KINDS: Record<RunKind, { file: string; say(path: string): Promise<Said> }> = {
  "best-of-k": { file: "run.json", say: sayBestOfK },
  frontier: { file: "frontier.jsonl", say: sayFrontier },
  rl: { file: "metrics.jsonl", say: sayRl },
  lm: { file: "metrics.jsonl", say: sayLm },
  reward: { file: "model.json", say: sayReward },
  objective: { file: "", say: sayObjective },
};

async function sayBestOfK(folder: string): Promise<Said> {
  const { result, evaluation, options } = await readChecked(join(folder, "run.json"), bestOfKSchema);
  const { methods, goalMethod, baseMethod } = evaluation.bestOfK;
  const named = (name: string) => methods.find((each) => each.name === name);
  const [goal, base] = [named(goalMethod), named(baseMethod)];
  // as in the report: a goal with "or" or "not" is judged by whether it is met
  const plainAnd = methods.every(({ goalMet, goodInAll }) => goalMet.value === goodInAll.value);
  return {
    made: `align best-of-k${options.gamma === undefined ? "" : `, soft γ = ${options.gamma}`}`,
    goal: result.goal,
    figures: [
      { name: "prompts", value: result.prompts, form: "count" },
      ...share("good in all", goal?.goodInAll),
      ...share("base good in all", base?.goodInAll),
      ...(plainAnd ? [] : share("goal met", goal?.goalMet)),
      ...(plainAnd ? [] : share("base goal met", base?.goalMet)),
      ...share("worst win rate", goal?.worstWinRate),
    ],
  };
}

const share = (name: string, estimate: { value: number; ci95: [number, number] } | undefined): Figure[] =>
  estimate === undefined ? [] : [{ name, value: estimate.value, ci95: estimate.ci95, form: "share" }];

async function sayFrontier(folder: string): Promise<Said> {
  const file = join(folder, "comparison.json");
  const ready = await stat(file).then(
    () => true,
    () => false,
  );
  if (!ready) return { made: "frontier, not finished", goal: null, figures: [] };
  const { method, base, prompts, kinds } = await readChecked(file, comparisonSchema);
  const best = kinds.flatMap(({ kind, levels }) =>
    share(`${method} by ${kind === "rl" ? "RL" : kind}, highest`, highest(method, levels)),
  );
  return {
    made: "frontier",
    goal: null,
    figures: [
      { name: "prompts", value: prompts, form: "count" },
      ...share("base good in all", base?.allGood),
      ...best,
    ],
  };
}

type Levels = z.output<typeof comparisonSchema>["kinds"][number]["levels"];

/** The greatest share good in all that a method has at any KL. */
function highest(method: string, levels: Levels) {
  return levels
    .flatMap(({ standings }) => standings.filter((each) => each.method === method))
    .map(({ allGood }) => allGood)
    .sort((a, b) => b.value - a.value)[0];
}

async function sayRl(folder: string): Promise<Said> {
  const { command, result } = await readChecked(join(folder, "run.json"), runRecordSchema);
  const { rows } = await readMetrics(join(folder, "metrics.jsonl"));
  const goal = result?.goal;
  return {
    made: command,
    goal: typeof goal === "string" ? goal : null,
    figures: [...lastOf(rows, { step: "steps" }), ...learned(rows, result)],
  };
}

const rollouts = z.looseObject({ utility: z.number(), kl: z.looseObject({ exact: z.number() }) });
const learnedSchema = z.looseObject({ first: rollouts, last: rollouts });

/** u before training and of the policy as it was written, as the command says; of its last step while it goes on. */
function learned(rows: readonly Record<string, number>[], result: unknown): Figure[] {
  const done = learnedSchema.safeParse(result);
  if (!done.success) return lastOf(rows, { utility: "u, last step", kl: "KL, last step" });
  const { first, last } = done.data;
  return [
    { name: "u before", value: first.utility, form: "decimal" },
    { name: "u after", value: last.utility, form: "decimal" },
    { name: "KL", value: last.kl.exact, form: "decimal" },
  ];
}

async function sayLm(folder: string): Promise<Said> {
  const { command, result } = await readChecked(join(folder, "run.json"), runRecordSchema);
  const { rows } = await readMetrics(join(folder, "metrics.jsonl"));
  const heldOut = z.looseObject({ lossBefore: z.number(), lossAfter: z.number() }).safeParse(result?.heldOut);
  return {
    made: command,
    goal: null,
    figures: [
      ...lastOf(rows, { step: "steps", loss: "loss, last step" }),
      ...(heldOut.success
        ? [
            { name: "held-out loss before", value: heldOut.data.lossBefore, form: "decimal" as const },
            { name: "held-out loss after", value: heldOut.data.lossAfter, form: "decimal" as const },
          ]
        : []),
    ],
  };
}

function lastOf(rows: readonly Record<string, number>[], names: Record<string, string>): Figure[] {
  const last = rows.at(-1);
  return Object.entries(names).flatMap(([field, name]): Figure[] => {
    const value = last?.[field];
    return value === undefined ? [] : [{ name, value, form: field === "step" ? "count" : "decimal" }];
  });
}

async function sayReward(folder: string): Promise<Said> {
  const model = await readChecked(join(folder, "model.json"), rewardModelSchema);
  return {
    made: `reward train (${model.kind})`,
    goal: model.value,
    figures: [
      ...share("accuracy", { value: model.heldOut.accuracy, ci95: model.heldOut.ci95 }),
      { name: "by length alone", value: model.lengthBaseline.accuracy, form: "share" },
      { name: "pairs", value: model.heldOut.pairs, form: "count" },
    ],
  };
}

async function sayObjective(file: string): Promise<Said> {
  const { goal, values } = parseObjectiveFile(await readChecked(file, z.unknown()));
  return {
    made: "objective file",
    goal,
    figures: [{ name: "values", value: Object.keys(values).length, form: "count" }],
  };
}

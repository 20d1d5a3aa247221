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
  const path = join(root, name, file);
  const date = await stat(path).then(
    ({ mtime }) => mtime.toISOString(),
    () => new Date(0).toISOString(),
  );
  try {
    return { name, kind, date, ...(await say(join(root, name))) };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { name, kind, date, made: kind, goal: null, figures: [], problem };
  }
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
  return {
    made: `align best-of-k${options.gamma === undefined ? "" : `, soft γ = ${options.gamma}`}`,
    goal: result.goal,
    figures: [
      { name: "prompts", value: result.prompts, form: "count" },
      ...share("good in all", goal?.goodInAll),
      ...share("base good in all", base?.goodInAll),
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
  const { method, prompts, kinds } = await readChecked(file, comparisonSchema);
  const best = kinds.flatMap(({ kind, levels }) =>
    share(`${method} by ${kind === "rl" ? "RL" : kind}`, highest(method, levels)),
  );
  return {
    made: "frontier",
    goal: null,
    figures: [{ name: "prompts", value: prompts, form: "count" }, ...best],
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
    figures: lastOf(rows, { step: "steps", utility: "u", kl: "KL" }),
  };
}

async function sayLm(folder: string): Promise<Said> {
  const { command, result } = await readChecked(join(folder, "run.json"), runRecordSchema);
  const { rows } = await readMetrics(join(folder, "metrics.jsonl"));
  const heldOut = z.looseObject({ lossAfter: z.number() }).safeParse(result?.heldOut);
  return {
    made: command,
    goal: null,
    figures: [
      ...lastOf(rows, { step: "steps", loss: "loss" }),
      ...(heldOut.success
        ? [{ name: "held-out loss", value: heldOut.data.lossAfter, form: "decimal" as const }]
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

/**
 * A run of `align best-of-k`, from `run.json`, `scores.jsonl` and `chosen.jsonl`.
 * @module
 */
import { join } from "node:path";
import { z } from "zod";
import type { Evaluation } from "../../evaluate/index.ts";
import { InputError } from "../../io/errors.ts";
import { createObjective, parseObjectiveFile } from "../../objective/index.ts";
import { headline } from "../../report/best-of-k/measure.ts";
import { withInterval } from "../../report/format.ts";
import { bestOfKReport } from "../../report/index.ts";
import { caution, judgedSentence, negate } from "../../report/words.ts";
import { readChecked } from "../../serve/studio/run-file.ts";
import type { Estimate } from "../../stats/bootstrap.ts";
import { candidatePoints, promptExamples, readRewardQuality } from "../best-of-k/report-parts.ts";
import { qualityMeasures } from "./rewards.ts";
import { readScored } from "./scored.ts";
import { estimated, type Measure, of, type RunSummary } from "./summary.ts";

const estimate = z.looseObject({ value: z.number(), ci95: z.tuple([z.number(), z.number()]) });
const measured = z.looseObject({ ...estimate.shape, versusGoal: estimate.nullable() });
const byValue = z.record(z.string(), measured);
const method = z.looseObject({
  name: z.string(),
  family: z.string(),
  winRate: byValue,
  good: byValue,
  mean: byValue,
  goodInAll: measured,
  goalMet: measured,
  worstWinRate: measured,
  winRateGap: measured,
  utility: measured,
  words: measured,
  klBound: z.number(),
});

/** The parts that are read here; the page draws the rest. */
const schema = z.looseObject({
  version: z.string(),
  options: z.looseObject({ seed: z.number(), gamma: z.number().optional(), rewards: z.string().optional() }),
  objective: z.object({ hash: z.string(), file: z.unknown() }),
  result: z.looseObject({ prompts: z.number(), candidates: z.number(), klBound: z.number() }),
  evaluation: z.looseObject({
    bestOfK: z.looseObject({
      goal: z.string(),
      judgedBy: z.string(),
      baseMethod: z.string(),
      goalMethod: z.string(),
      equalSumMethod: z.string(),
      values: z.array(z.looseObject({ name: z.string(), unit: z.string() })),
      methods: z.array(method),
      notes: z.array(z.string()),
    }),
    probes: z.array(
      z.looseObject({
        method: z.string(),
        probes: z.array(z.looseObject({ name: z.string(), difference: estimate })),
      }),
    ),
  }),
});

type Run = z.output<typeof schema>;
type Method = z.output<typeof method>;
type Quality = Awaited<ReturnType<typeof readRewardQuality>>;

export async function bestOfKSummary(folder: string): Promise<RunSummary> {
  const file = join(folder, "run.json");
  const run = await readChecked(file, schema);
  const { options, result } = run;
  const evaluation = run.evaluation as unknown as Evaluation;
  const { bestOfK } = run.evaluation;
  const objective = createObjective(parseObjectiveFile(run.objective.file));
  const { scored, choices } = await readScored(folder, objective);
  const { quality, warnings } = await qualityOf(options.rewards);
  const goal = methodOf(run, bestOfK.goalMethod, file);
  const lead = headline(bestOfK);
  const careful = caution(goal[lead.field], evaluation.bestOfK.prompts.evaluated);
  return {
    kind: "best-of-k",
    title: `Best of k: the choice ${lead.phrase} for ${withInterval(goal[lead.field])} of the prompts`,
    goal: bestOfK.goal,
    facts: [
      ["prompts", String(result.prompts)],
      ["candidates", String(result.candidates)],
      ["choice", options.gamma === undefined ? "hard" : `soft, γ = ${options.gamma}`],
      ["judged by", bestOfK.judgedBy],
      ["seed", String(options.seed)],
      ["objective", run.objective.hash.slice(0, 12)],
      ["allgood", run.version],
    ],
    measures: measuresOf(run, goal, methodOf(run, bestOfK.equalSumMethod, file), quality, file),
    table: tableOf(run, file),
    warnings: [
      ...(bestOfK.judgedBy === "truth" ? [] : [judgedSentence(evaluation.bestOfK.values)]),
      ...(careful === undefined ? [] : [careful]),
      ...bestOfK.notes,
      ...warnings,
    ],
    html: () =>
      bestOfKReport({
        evaluation,
        objective: objective.file,
        ...quality,
        examples: promptExamples(scored, choices, objective, evaluation.bestOfK),
        candidates: candidatePoints(scored),
        made: `allgood ${run.version}, objective ${run.objective.hash.slice(0, 12)}, seed ${options.seed}`,
      }),
  };
}

function methodOf({ evaluation }: Run, name: string, file: string): Method {
  const found = evaluation.bestOfK.methods.find((each) => each.name === name);
  if (found !== undefined) return found;
  throw new InputError({
    problem: `the evaluation has no method "${name}"`,
    file,
    fix: "Make the run again",
  });
}

/** The run names the file by the path that it was called with, which may be elsewhere by now. */
async function qualityOf(
  file: string | undefined,
): Promise<{ quality: Partial<Quality>; warnings: string[] }> {
  if (file === undefined) return { quality: {}, warnings: [] };
  try {
    return { quality: await readRewardQuality(file), warnings: [] };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const why = `The quality of the rewards is left out: ${error.message}`;
    return { quality: {}, warnings: [why] };
  }
}

function measuresOf(run: Run, goal: Method, sum: Method, quality: Partial<Quality>, file: string): Measure[] {
  const { result, evaluation } = run;
  const { values, baseMethod, goalMethod } = evaluation.bestOfK;
  const base = methodOf(run, baseMethod, file);
  const each = (name: string, by: "winRate" | "good" | "mean", about: string): Measure[] =>
    values.flatMap((value) => {
      const found = goal[by][value.name];
      return found === undefined
        ? []
        : [estimated(of(name, value.name), found, about.replace("UNIT", value.unit))];
    });
  const gain = (other: Method): Estimate => negate(other.goodInAll.versusGoal ?? goal.goodInAll);
  const probes = evaluation.probes.find((each) => each.method === goalMethod)?.probes ?? [];
  return [
    estimated("good_in_all", goal.goodInAll, "share of prompts whose choice is good in all values"),
    estimated("goal_met", goal.goalMet, "share of prompts whose choice makes the goal true"),
    estimated("gain_over_base", gain(base), "good_in_all less that of a response taken at random"),
    estimated("gain_over_sum", gain(sum), "good_in_all less that of the equal-weight sum of raw rewards"),
    estimated("worst_win_rate", goal.worstWinRate, "least win rate over the values"),
    estimated("win_rate_gap", goal.winRateGap, "greatest less least win rate over the values"),
    ...each("win_rate", "winRate", "share of other candidates of the prompt that the choice beats"),
    ...each("good", "good", "share of prompts whose choice is good"),
    ...each("mean", "mean", "mean of the chosen, in UNIT"),
    estimated("utility", goal.utility, "mean u = log p(goal) of the chosen, in nats"),
    { name: "kl", value: result.klBound, about: "bound on the KL to the base, in nats" },
    estimated("words", goal.words, "mean length of the chosen"),
    ...probes.map(({ name, difference }) =>
      estimated(
        of("probe", name),
        difference,
        "change against the base; a sign of hacking where nobody asked for it",
      ),
    ),
    ...qualityMeasures(quality.rewards ?? []),
    { name: "prompts", value: result.prompts, about: "prompts chosen for" },
  ];
}

/** The goal, the equal-weight sum, the best real method besides, and the base. */
function tableOf(run: Run, file: string): RunSummary["table"] {
  const { goalMethod, equalSumMethod, baseMethod, values, methods } = run.evaluation.bestOfK;
  const named = [goalMethod, equalSumMethod];
  const others = methods.filter(
    ({ name, family }) =>
      !named.includes(name) && !["base", "oracle", "single-value", "goal"].includes(family),
  );
  const { field } = headline(run.evaluation.bestOfK);
  const best = others.toSorted((a, b) => b[field].value - a[field].value).at(0);
  const shown = [...named, ...(best === undefined ? [] : [best.name]), baseMethod];
  return {
    header: [
      "method",
      field === "goodInAll" ? "good in all" : "goal met",
      "worst win rate",
      ...values.map(({ name }) => `wins: ${name}`),
    ],
    rows: shown.map((name) => {
      const { worstWinRate, winRate, ...method } = methodOf(run, name, file);
      return [
        name === best?.name ? `${name} (best other)` : name,
        withInterval(method[field]),
        withInterval(worstWinRate),
        ...values.map((value) =>
          winRate[value.name] === undefined ? "–" : withInterval(winRate[value.name]!),
        ),
      ];
    }),
  };
}

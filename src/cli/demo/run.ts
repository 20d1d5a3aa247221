/**
 * The demo: the same steps as a person would run one by one, on the demo world. Every file that a step reads or writes
 * stays in the run folder, to be tried with the other commands.
 * @module
 */
import { join } from "node:path";
import { writeRows } from "../../io/write.ts";
import { DEFAULT_QUANTILE } from "../../objective/index.ts";
import { type CandidateSet, half } from "../../preferences/index.ts";
import { collectPreferences, createWorld, VALUES } from "../../world/index.ts";
import { alignBestOfK, type BestOfKResult } from "../best-of-k/run.ts";
import { calibrate } from "../calibrate/run.ts";
import type { Context } from "../command.ts";
import { evaluateRewards } from "../reward/evaluate.ts";
import { trainReward } from "../reward/train.ts";
import { writeEvaluation } from "../reward/write.ts";

export type DemoOptions = { out: string; seed: number; prompts: number };

export type DemoResult = {
  report: string;
  goal: string;
  methods: { name: string; kl: number; allGood: number; ci95: [number, number] }[];
  rewards: {
    value: string;
    pairs: number;
    accuracy: number;
    ci95: [number, number];
    lengthBaseline: number;
  }[];
  prompts: { learnedFrom: number; chosenFor: number };
  seconds: number;
};

/** Pairs that raters see at each prompt, for each value. */
const PAIRS_PER_PROMPT = 8;

export async function runDemo({ out, seed, prompts }: DemoOptions, context: Context): Promise<DemoResult> {
  const started = performance.now();
  const at = (...parts: string[]) => join(out, ...parts);
  const { candidateSets } = createWorld(seed, { prompts });
  // as in the paper: one half of the prompts to learn the rewards, the other to align
  const toLearn = candidateSets.filter(({ promptHash }) => half(promptHash, seed) === 1);
  const toChoose = candidateSets.filter(({ promptHash }) => half(promptHash, seed) === 2);
  await writeCandidates(at("candidates.jsonl"), toChoose);

  const rewards: DemoResult["rewards"] = [];
  for (const value of VALUES) {
    context.progress.show(`learning what ${value} means from simulated raters`);
    const data = [at("preferences", `${value}.jsonl`)];
    await writePairs(data[0]!, toLearn, value, seed);
    const { heldOut, lengthBaseline } = await trainReward(
      { value, data, out: at("models", value), seed },
      context,
    );
    const { pairs, accuracy, ci95 } = heldOut;
    rewards.push({ value, pairs, accuracy, ci95, lengthBaseline: lengthBaseline.accuracy });
  }
  const model = VALUES.map((value) => at("models", value));
  const data = VALUES.map((value) => at("preferences", `${value}.jsonl`));
  const quality = await evaluateRewards({ model, data, part: "unseen", seed }, context);
  await writeEvaluation(at("rewards"), quality);

  const candidates = [at("candidates.jsonl")];
  const objective = at("objective.json");
  const reference = {
    reference: "quantile",
    q: DEFAULT_QUANTILE,
    responses: 1,
    otherwise: "estimator",
  } as const;
  await calibrate(
    { model, data: candidates, goal: VALUES.join(" and "), out: objective, ...reference, seed },
    context,
  );
  const chosen = await alignBestOfK(
    { objective, candidates, out, rewards: at("rewards", "evaluation.json"), seed },
    context,
  );
  return {
    report: chosen.report,
    goal: chosen.goal,
    methods: methodsOf(chosen),
    rewards,
    prompts: { learnedFrom: toLearn.length, chosenFor: toChoose.length },
    seconds: (performance.now() - started) / 1000,
  };
}

async function writeCandidates(path: string, sets: readonly CandidateSet[]): Promise<void> {
  await writeRows(
    path,
    sets.map(({ prompt, candidates }) => ({ prompt, candidates })),
  );
}

async function writePairs(
  path: string,
  sets: readonly CandidateSet[],
  value: (typeof VALUES)[number],
  seed: number,
): Promise<void> {
  const pairs = collectPreferences(sets, { value, pairsPerPrompt: PAIRS_PER_PROMPT, seed });
  await writeRows(
    path,
    pairs.map(({ id, prompt, chosen, rejected }) => ({ id, prompt, chosen, rejected })),
  );
}

function methodsOf({ evaluation }: BestOfKResult): DemoResult["methods"] {
  return evaluation.methods.map(({ name, klBound, goodInAll }) => ({
    name,
    kl: klBound,
    allGood: goodInAll.value,
    ci95: goodInAll.ci95,
  }));
}

import { InputError } from "../io/errors.ts";
import type { Goal } from "../objective/index.ts";
import { compareMethods } from "./best-of-k-evaluation.ts";
import { bindingReport } from "./binding.ts";
import { type Chosen, chooseAll, measureCandidates } from "./candidates.ts";
import { valueDistributions } from "./distributions.ts";
import { judgedValues, weakest } from "./judging.ts";
import { BASE, EQUAL_SUM, GOAL, TIE_RULE } from "./method.ts";
import { allMethods } from "./methods.ts";
import type { ProbePattern } from "./probe-patterns.ts";
import { measureProbes, probeMethod } from "./probes.ts";
import { DEFAULT_RESAMPLES, Resampler } from "./resample.ts";
import { type CandidateScores, type ScoredSet, scoreSets, scoring } from "./scored-set.ts";
import { sensitivityReport } from "./sensitivity.ts";
import type { BestOfKEvaluation, Evaluation, JudgedBy, JudgedValue } from "./types.ts";

export type EvaluationOptions = {
  goal: Goal;
  /** T > 0, in the order of the goal's values. */
  temperatures: readonly number[];
  /** Hashes of prompts in the rewards' training data; left out of the evaluation if any prompt is not among them. */
  seen?: ReadonlySet<string>;
  /** Judge all values this way; by default each value has the strongest judge that all its candidates have. */
  judgedBy?: JudgedBy;
  /** Temperatures γ of soft choices p ∝ exp(u/γ) to add to the methods. */
  gammas?: readonly number[];
  /** Phrases and formats to probe for. */
  patterns?: readonly ProbePattern[];
  seed: number;
  /** Bootstrap resamples over prompts; 1,000 where absent. */
  resamples?: number;
};

/**
 * Evaluates every way to choose among given candidates, on the same prompts, with 95 % bootstrap intervals over prompts
 * that share their resamples.
 *
 * @throws InputError if no prompt has two candidates, a number is not finite, or a pattern does not compile
 */
export function evaluateBestOfK(given: readonly CandidateScores[], options: EvaluationOptions): Evaluation {
  const how = scoring(options.goal, options.temperatures);
  const { kept, prompts } = selectPrompts(given, options.seen);
  const sets = scoreSets(kept, how);
  const values = judgedValues(sets, how, options.judgedBy);
  const candidates = measureCandidates(sets, values, how);
  const chosen = chooseAll(allMethods(sets, how, options.gammas), sets);
  const [base, goal, equalSum] = [BASE, GOAL, EQUAL_SUM].map((name) => named(chosen, name)) as [
    Chosen,
    Chosen,
    Chosen,
  ];
  const resampler = new Resampler(sets.length, options);
  const probes = measureProbes(candidates, options.patterns);
  const bestOfK: BestOfKEvaluation = {
    goal: options.goal.sentence,
    values,
    judgedBy: weakest(values.map(({ judgedBy }) => judgedBy)),
    prompts,
    candidates: countCandidates(sets),
    tieRule: TIE_RULE,
    resamples: options.resamples ?? DEFAULT_RESAMPLES,
    seed: options.seed,
    baseMethod: BASE,
    goalMethod: GOAL,
    equalSumMethod: EQUAL_SUM,
    methods: compareMethods(chosen, goal, candidates, values, resampler),
    notes: notes(values, prompts),
  };
  return {
    bestOfK,
    distributions: valueDistributions([base, goal, equalSum], sets, values),
    binding: bindingReport(goal, sets, how, resampler),
    probes: [goal, equalSum].map((each) => probeMethod(each, base, candidates, probes, resampler)),
    sensitivity: sensitivityReport(goal, equalSum, candidates, values, options),
  };
}

const named = (chosen: readonly Chosen[], name: string): Chosen =>
  chosen.find(({ method }) => method.name === name)!;

type Prompts = BestOfKEvaluation["prompts"];

function selectPrompts(
  given: readonly CandidateScores[],
  seen: ReadonlySet<string> | undefined,
): { kept: CandidateScores[]; prompts: Prompts } {
  const choosable = given.filter(({ ids }) => ids.length > 1);
  if (choosable.length === 0) {
    throw new InputError({
      problem:
        given.length === 0
          ? "there is no prompt to evaluate"
          : "no prompt has two candidates to choose among",
      found: `${given.length} prompts`,
      expected: "at least one prompt with two candidates or more",
    });
  }
  const unseen = choosable.filter(({ promptHash }) => !seen?.has(promptHash));
  const kept = unseen.length > 0 ? unseen : choosable;
  return {
    kept,
    prompts: {
      given: given.length,
      seen: seen === undefined ? null : given.filter(({ promptHash }) => seen.has(promptHash)).length,
      single: given.length - choosable.length,
      evaluated: kept.length,
      onlySeen: unseen.length === 0,
    },
  };
}

function countCandidates(sets: readonly ScoredSet[]): BestOfKEvaluation["candidates"] {
  const sizes = sets.map(({ size }) => size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return {
    total,
    fewest: sizes.reduce((a, b) => Math.min(a, b)),
    most: sizes.reduce((a, b) => Math.max(a, b)),
    mean: total / sizes.length,
  };
}

function notes(values: readonly JudgedValue[], prompts: Prompts): string[] {
  const own = values.filter(({ judgedBy }) => judgedBy === "same-rewards").map(({ name }) => name);
  return [
    prompts.onlySeen &&
      "Every prompt was in the rewards' training data, so these numbers are optimistic: evaluate on other prompts.",
    prompts.seen === null &&
      "Nobody said which prompts the rewards were trained on: if these are among them, the numbers are optimistic.",
    own.length > 0 &&
      `${own.join(", ")}: judged by the same rewards that chose. This shows what the choice did, not whether it was good.`,
    prompts.single > 0 &&
      `${prompts.single} prompts with one candidate were left out: there is nothing to choose.`,
    prompts.evaluated < 30 && `Only ${prompts.evaluated} prompts: intervals from so few are too narrow.`,
  ].filter((note) => note !== false);
}

/**
 * Every way to choose among the candidates of one prompt, side by side. Candidates that tie exactly share the choice
 * equally. "Wanted" rewards and z have their sign turned where the goal wants less of a value, so that a baseline is
 * never made to work against the goal.
 * @module
 */
import { generalisedMean, minimum, nashProduct, sigmoid, softMin, weightedSum } from "../objective/index.ts";
import { highest } from "./choice.ts";
import { BASE, EQUAL_SUM, GOAL, type Method } from "./method.ts";
import type { ScoredSet, Scoring } from "./scored-set.ts";
import { transformMethods } from "./transform-methods.ts";
import type { MethodFamily } from "./types.ts";
import { weightSweep } from "./weights.ts";

/**
 * @param sets the candidates that global means, spreads and distributions are taken from; no truth is looked at but by
 * the oracle
 * @param gammas temperatures of soft choices, p ∝ exp(u/γ), added to the goal's family
 */
export function allMethods(
  sets: readonly ScoredSet[],
  scoring: Scoring,
  gammas: readonly number[] = [],
): Method[] {
  const { goal } = scoring;
  return [
    baseMethod(),
    goalMethod(scoring),
    ...gammas.map((gamma) => softMethod(scoring, gamma)),
    ...rawSums(goal.values),
    ...worstValueMethods(),
    ...meanMethods(),
    ...transformMethods(sets),
    ...singleValues(goal.values),
    ...oracle(sets, scoring),
  ].sort((a, b) => ORDER.indexOf(a.family) - ORDER.indexOf(b.family));
}

const ORDER: MethodFamily[] = [
  "base",
  "goal",
  "raw-sum",
  "scaled-sum",
  "worst-value",
  "mean",
  "transform",
  "single-value",
  "oracle",
];

/** One candidate drawn at random: exactly, as a uniform distribution. */
export function baseMethod(): Method {
  return {
    name: BASE,
    family: "base",
    describe: "One of the candidates at random: what the base policy does without choosing.",
    random: true,
    choose: ({ size }) => new Float64Array(size).fill(1 / size),
  };
}

export function goalMethod({ goal }: Scoring): Method {
  return {
    name: GOAL,
    family: "goal",
    describe: `The log-probability of “${goal.sentence}”, with p(value) = σ((r − r_ref)/T).`,
    choose: ({ u }) => highest(u),
  };
}

function softMethod({ goal }: Scoring, gamma: number): Method {
  if (!(gamma > 0)) throw new RangeError(`γ of a soft choice is above 0, got ${gamma}`);
  return {
    name: `${GOAL}, soft γ=${gamma}`,
    family: "goal",
    describe: `At random with probability ∝ exp(u/${gamma}), u being the log-probability of “${goal.sentence}”.`,
    random: true,
    choose({ u }) {
      const best = Math.max(...u);
      const p = u.map((each) => Math.exp((each - best) / gamma));
      const total = p.reduce((sum, each) => sum + each, 0);
      return p.map((each) => each / total);
    },
  };
}

/** Σ w r over a sweep of weights; the equal weights first. */
function rawSums(values: readonly string[]): Method[] {
  return weightSweep(values.length)
    .map((weights, i, { length }) => rawSum(values, weights, i === length - 1))
    .reverse();
}

function rawSum(values: readonly string[], weights: number[], equal: boolean): Method {
  const terms = values.map((value, v) => `${Number(weights[v]!.toFixed(3))} ${value}`).join(" + ");
  return {
    name: equal ? EQUAL_SUM : `raw sum ${terms}`,
    family: "raw-sum",
    describe: `The weighted sum of raw rewards, ${terms}.`,
    weights: Object.fromEntries(values.map((value, v) => [value, weights[v]!])),
    choose: (set) => highest(eachCandidate(set.wanted.rewards, (r) => weightedSum(r, weights))),
  };
}

export function equalSumMethod(values: readonly string[]): Method {
  return rawSum(values, new Array<number>(values.length).fill(1 / values.length), true);
}

function worstValueMethods(): Method[] {
  return [
    {
      name: "min of z",
      family: "worst-value",
      describe: "The least of the standardised rewards z = (r − r_ref)/T.",
      choose: (set) => highest(eachCandidate(set.wanted.z, minimum)),
    },
    {
      name: "soft-min of z, τ=0.5",
      family: "worst-value",
      describe: "−½ log of the mean of exp(−2z): a smooth minimum of the standardised rewards.",
      // at τ = 1 it would rank as the harmonic mean of p does, 1/p being 1 + exp(−z)
      choose: (set) => highest(eachCandidate(set.wanted.z, (z) => softMin(z, equal(z.length), 0.5))),
    },
  ];
}

function meanMethods(): Method[] {
  return [
    {
      name: "Nash product",
      family: "mean",
      describe:
        "Σ log of each value's gain in z over the prompt's average candidate; a gain ≤ 0 counts as 1e-6.",
      choose(set) {
        const average = set.wanted.z.map((column) => column.reduce((sum, z) => sum + z, 0) / set.size);
        return highest(eachCandidate(set.wanted.z, (z) => nashProduct(z, average)));
      },
    },
    {
      name: "harmonic mean of p",
      family: "mean",
      describe: "The generalised mean with exponent −1 of p = σ(z).",
      choose: (set) =>
        highest(
          eachCandidate(set.wanted.z, (z) => {
            // σ(z) rounds to 0 below −745
            const p = z.map((each) => Math.max(sigmoid(each), Number.MIN_VALUE));
            return generalisedMean(p, equal(z.length), -1);
          }),
        ),
    },
  ];
}

/** Each value alone: the most that choosing can do for it. */
function singleValues(values: readonly string[]): Method[] {
  return values.map((value, v) => ({
    name: `only ${value}`,
    family: "single-value",
    describe: `The reward for ${value} alone: a ceiling for this value.`,
    choose: (set) => highest(set.wanted.rewards[v]!),
  }));
}

/** Only where the truth is known for every value and candidate. */
function oracle(sets: readonly ScoredSet[], { goal }: Scoring): Method[] {
  if (sets.length === 0 || !sets.every(({ truth }) => goal.values.every((_, v) => truth?.[v] !== undefined)))
    return [];
  return [
    {
      name: "oracle",
      family: "oracle",
      describe:
        "The probability of the goal under the true values: a ceiling that no method which sees rewards can pass.",
      choose: ({ truth }) => highest(goal.logProb(truth!.map((column) => column!.map(logit)))),
    },
  ];
}

/** logit of a true value, held within ±log(1e12) so that certainty stays finite. */
function logit(p: number): number {
  const held = Math.min(Math.max(p, 1e-12), 1 - 1e-12);
  return Math.log(held) - Math.log1p(-held);
}

const equal = (n: number): number[] => new Array<number>(n).fill(1 / n);

/** One number a candidate from the row of its values. The row is reused from call to call. */
function eachCandidate(columns: readonly Float64Array[], score: (row: Float64Array) => number): Float64Array {
  const row = new Float64Array(columns.length);
  return columns[0]!.map((_, c) => {
    for (let v = 0; v < columns.length; v++) row[v] = columns[v]![c]!;
    return score(row);
  });
}

/**
 * What an equal-weight sum of raw rewards picks, against LSC AND, and which column decides that sum.
 * @module
 */
import { compileGoal, resolveReference } from "../objective/index.ts";
import type { Estimate } from "../stats/bootstrap.ts";
import { moments } from "../stats/moments.ts";
import type { Resamplers } from "./audit-columns.ts";
import type {
  DisagreementExample,
  Dominance,
  PickedExample,
  Recommendation,
  SumAudit,
} from "./audit-types.ts";
import { type Choice, difference, expectation, firstChosen, highest } from "./choice.ts";
import { baseMethod, equalSumMethod, goalMethod } from "./methods.ts";
import { type Draws, derive, estimate, estimateOrNull, minus, type Resampler } from "./resample.ts";
import { lastTurn, type ScoreGroup, type ScoreTable } from "./score-table.ts";
import { type ScoredSet, scoreSets, scoring } from "./scored-set.ts";
import { excerpt } from "./text-measures.ts";

const EXAMPLES = 10;

type Picks = { base: Choice[]; sum: Choice[]; lsc: Choice[] };

export function auditSum(
  table: ScoreTable,
  { objective }: Recommendation,
  { ranked: resampler }: Resamplers,
): SumAudit {
  const ranked = table.groups.filter(({ lines }) => lines.length > 1);
  if (resampler === null) {
    return {
      picksDiffer: null,
      prompts: 0,
      dominance: [],
      dominant: null,
      picks: [],
      aboveInAll: null,
      examples: [],
    };
  }
  const specs = Object.values(objective.values);
  const how = scoring(
    compileGoal(objective.goal),
    specs.map(({ temperature }) => temperature),
  );
  const sets = scoreSets(
    ranked.map((group) => ({
      promptHash: group.promptHash,
      prompt: lastTurn(group.prompt),
      ids: group.lines.map(String),
      responses: group.responses,
      rewards: group.rewards,
      references: specs.map(({ reference }) => resolveReference(reference, group.promptHash).value),
    })),
    how,
  );
  const [base, sum, lsc] = [baseMethod(), equalSumMethod(how.goal.values), goalMethod(how)].map((method) =>
    sets.map((set) => method.choose(set)),
  ) as [Choice[], Choice[], Choice[]];
  const picks = { base, sum, lsc };
  const dominance = dominanceOf(table.columns, ranked, sum, resampler);
  return {
    picksDiffer: estimate(resampler.mean(sets.map(({ size }, i) => difference(sum[i]!, lsc[i]!, size)))),
    prompts: sets.length,
    dominance,
    dominant: dominantOf(dominance),
    picks: table.columns.map((column, v) => ({ column, ...levels(sets, picks, v, resampler) })),
    aboveInAll: aboveInAll(sets, picks, resampler),
    examples: examples(table.columns, sets, ranked, picks),
  };
}

/** Each column's share of the sum's variance within prompts, and how often it alone decides. */
function dominanceOf(
  columns: readonly string[],
  ranked: readonly ScoreGroup[],
  sum: readonly Choice[],
  resampler: Resampler,
): Dominance[] {
  const centred = ranked.map(({ rewards }) =>
    rewards.map((column) => {
      const { mean } = moments(column);
      return column.map((reward) => reward - mean);
    }),
  );
  const totals = centred.map((group) =>
    group[0]!.map((_, c) => group.reduce((all, column) => all + column[c]!, 0)),
  );
  const variance = resampler.mean(totals.map((total) => product(total, total)));
  return columns.map((column, v) => {
    const covariance = resampler.mean(centred.map((group, i) => product(group[v]!, totals[i]!)));
    const share = estimateOrNull(derive((cov, variance) => cov / variance, covariance, variance));
    return {
      column,
      varianceShare: share ?? { value: 0, ci95: [0, 0] },
      agreement: estimate(
        resampler.mean(
          ranked.map(({ rewards, lines }, i) => 1 - difference(sum[i]!, highest(rewards[v]!), lines.length)),
        ),
      ),
    };
  });
}

function product(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, c) => sum + x * b[c]!, 0);
}

function dominantOf(dominance: readonly Dominance[]): string | null {
  const first = dominance.reduce((a, b) => (b.varianceShare.value > a.varianceShare.value ? b : a));
  return first.varianceShare.value > 0 ? first.column : null;
}

type Side = keyof Picks;
const SIDES: readonly Side[] = ["base", "sum", "lsc"];

function eachSide<T>(of: (side: Side) => T): Record<Side, T> {
  const [base, sum, lsc] = SIDES.map(of) as [T, T, T];
  return { base, sum, lsc };
}

/** Mean over prompts of a number a candidate, under one side's choices. */
function under(
  choices: readonly Choice[],
  sets: readonly ScoredSet[],
  of: (set: ScoredSet) => Float64Array,
  resampler: Resampler,
): Draws {
  return resampler.mean(sets.map((set, i) => expectation(choices[i]!, of(set))));
}

function levels(sets: readonly ScoredSet[], picks: Picks, v: number, resampler: Resampler) {
  return eachSide((side) => ({
    meanZ: estimate(under(picks[side], sets, ({ z }) => z[v]!, resampler)),
    aboveReference: estimate(under(picks[side], sets, ({ z }) => z[v]!.map(above), resampler)),
  }));
}

const above = (z: number): number => (z > 0 ? 1 : 0);

function aboveInAll(sets: readonly ScoredSet[], picks: Picks, resampler: Resampler): SumAudit["aboveInAll"] {
  const all = ({ z }: ScoredSet) => z[0]!.map((_, c) => (z.every((column) => column[c]! > 0) ? 1 : 0));
  const draws = eachSide((side) => under(picks[side], sets, all, resampler));
  const estimates: Record<Side, Estimate> = eachSide((side) => estimate(draws[side]));
  return { ...estimates, difference: estimate(minus(draws.lsc, draws.sum)) };
}

/** Where the sum costs most: the greatest u(LSC's pick) − u(sum's pick). */
function examples(
  columns: readonly string[],
  sets: readonly ScoredSet[],
  groups: readonly ScoreGroup[],
  picks: Picks,
): DisagreementExample[] {
  const picked = (side: Side, i: number): PickedExample => {
    const [set, c] = [sets[i]!, firstChosen(picks[side][i]!)];
    const named = (of: (v: number) => number) =>
      Object.fromEntries(columns.map((column, v) => [column, of(v)]));
    return {
      line: groups[i]!.lines[c]!,
      response: excerpt(set.responses[c]!),
      rewards: named((v) => set.rewards[v]![c]!),
      z: named((v) => set.z[v]![c]!),
      u: set.u[c]!,
    };
  };
  return sets
    .map((set, i) => ({ prompt: excerpt(set.prompt), sum: picked("sum", i), lsc: picked("lsc", i) }))
    .filter(({ sum, lsc }) => lsc.u > sum.u)
    .sort((a, b) => b.lsc.u - b.sum.u - (a.lsc.u - a.sum.u))
    .slice(0, EXAMPLES);
}

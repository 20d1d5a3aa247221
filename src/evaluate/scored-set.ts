import { InputError, show } from "../io/errors.ts";
import { type Goal, type ReferenceValue, standardise } from "../objective/index.ts";
import { directions } from "./direction.ts";
import type { Direction } from "./types.ts";

/** Rewards beyond this would overflow in sums of squares. */
export const LARGEST_REWARD = 1e100;

/** One prompt's candidates with their raw rewards. Columns stand in the order of the goal's values. */
export type CandidateScores = {
  promptHash: string;
  /** For people: the last user turn. */
  prompt: string;
  ids: readonly string[];
  responses: readonly string[];
  /** Raw rewards, `rewards[value][candidate]`, finite. */
  rewards: readonly Float64Array[];
  /** r_ref(x), one a value. */
  references: readonly ReferenceValue[];
  /** True or human-judged values in 0…1 (1 = good), `truth[value][candidate]`; undefined where unknown. */
  truth?: readonly (Float64Array | undefined)[];
  /** z of independent judges, `judge[value][candidate]`: above 0 is good. */
  judge?: readonly (Float64Array | undefined)[];
};

/** What choosing needs to know of one prompt. */
export type ScoredSet = CandidateScores & {
  /** Number of candidates. */
  size: number;
  /** z = (r − r_ref)/T, `z[value][candidate]`. */
  z: Float64Array[];
  /** u = log p(goal), one a candidate, nats. */
  u: Float64Array;
  /** Rewards and z with the sign of the goal's direction: higher is always what the goal wants. */
  wanted: { rewards: Float64Array[]; z: Float64Array[] };
};

/** A goal over values with what it takes to compare methods. */
export type Scoring = { goal: Goal; directions: Direction[]; temperatures: number[] };

/** @param temperatures T > 0, in the order of the goal's values */
export function scoring(goal: Goal, temperatures: readonly number[]): Scoring {
  const found = directions(goal.formula);
  goal.values.forEach((value, v) => {
    const t = temperatures[v];
    if (!(t !== undefined && t > 0 && Number.isFinite(t))) {
      throw new InputError({
        problem: `the temperature of "${value}" can't be used`,
        found: show(t),
        expected: "a finite number above 0",
      });
    }
  });
  return {
    goal,
    directions: goal.values.map((value) => found.get(value) ?? "more"),
    temperatures: [...temperatures],
  };
}

/** −1 where the goal wants less of a value, 1 otherwise. */
export const sign = (direction: Direction): 1 | -1 => (direction === "less" ? -1 : 1);

/**
 * Standardises rewards and evaluates the goal for all candidates.
 *
 * @throws InputError for no candidates, columns of the wrong length, or a number that is not finite
 */
export function scoreSets(
  sets: readonly CandidateScores[],
  { goal, directions, temperatures }: Scoring,
): ScoredSet[] {
  const signs = directions.map(sign);
  const scored = sets.map((set) => {
    check(set, goal.values);
    const z = set.rewards.map((column, v) =>
      column.map((reward) => standardise(reward, set.references[v]!, temperatures[v]!)),
    );
    z.forEach((column, v) => {
      requireFinite(column, set, goal.values[v]!, "standardised reward");
    });
    const wanted = {
      rewards: set.rewards.map((r, v) => flip(r, signs[v]!)),
      z: z.map((c, v) => flip(c, signs[v]!)),
    };
    return { ...set, size: set.ids.length, z, u: new Float64Array(set.ids.length), wanted };
  });
  const u = goal.logProb(goal.values.map((_, v) => concat(scored.map(({ z }) => z[v]!))));
  let at = 0;
  for (const set of scored) {
    set.u.set(u.subarray(at, at + set.size));
    at += set.size;
  }
  return scored;
}

const flip = (column: Float64Array, by: 1 | -1): Float64Array => (by === 1 ? column : column.map((x) => -x));

/** Joins columns into one. */
export function concat(columns: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(columns.reduce((sum, column) => sum + column.length, 0));
  let at = 0;
  for (const column of columns) {
    all.set(column, at);
    at += column.length;
  }
  return all;
}

function check(set: CandidateScores, values: readonly string[]): void {
  if (set.ids.length === 0) {
    throw new InputError({ problem: `prompt ${set.promptHash} has no candidate`, fix: "Leave it out." });
  }
  if (set.responses.length !== set.ids.length)
    wrongCount(set, "responses", set.responses.length, set.ids.length);
  if (set.rewards.length !== values.length)
    wrongCount(set, "reward columns", set.rewards.length, values.length);
  if (set.references.length !== values.length)
    wrongCount(set, "references", set.references.length, values.length);
  values.forEach((value, v) => {
    requireFinite(set.rewards[v]!, set, value, "reward");
    for (const judgement of [set.truth?.[v], set.judge?.[v]]) {
      if (judgement !== undefined) requireFinite(judgement, set, value, "judgement");
    }
    if (set.truth?.[v]?.some((t) => t < 0 || t > 1)) {
      throw new InputError({
        problem: `a true value of "${value}" at prompt ${set.promptHash} lies outside 0…1`,
        found: show(set.truth[v]!.find((t) => t < 0 || t > 1)),
      });
    }
  });
}

function wrongCount(set: CandidateScores, what: string, found: number, expected: number): never {
  throw new InputError({
    problem: `prompt ${set.promptHash} has the wrong number of ${what}`,
    found: String(found),
    expected: String(expected),
  });
}

function requireFinite(column: Float64Array, set: CandidateScores, value: string, what: string): void {
  if (column.length !== set.ids.length)
    wrongCount(set, `${what}s for "${value}"`, column.length, set.ids.length);
  for (let c = 0; c < column.length; c++) {
    if (Math.abs(column[c]!) <= LARGEST_REWARD) continue;
    throw new InputError({
      problem: `a ${what} is not a number within ±${LARGEST_REWARD}`,
      field: value,
      found: `${column[c]} for candidate ${show(set.ids[c])} of prompt ${set.promptHash}`,
    });
  }
}

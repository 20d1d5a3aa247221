/**
 * What each candidate is worth in the eyes of the judge: the numbers that every method is compared on.
 * @module
 */
import { InputError } from "../io/errors.ts";
import type { Formula } from "../objective/index.ts";
import { concat, type ScoredSet, type Scoring, sign } from "./scored-set.ts";
import type { JudgedBy, JudgedValue } from "./types.ts";

/** One number a candidate, prompt after prompt; see `Candidates.starts`. `win`, `good`, … have one column a value. */
export type Judged = {
  /** P(beats another candidate of the prompt drawn at random), ties half. */
  win: Float64Array[];
  /** 1 where good, as the goal wants the value. */
  good: Float64Array[];
  /** Truth, or the judge's z: not turned. */
  mean: Float64Array[];
  /** Higher is better, as the goal wants the value: what `win` compares. */
  quality: Float64Array[];
  goodInAll: Float64Array;
  goalMet: Float64Array;
};

const STRENGTH: JudgedBy[] = ["same-rewards", "judge", "truth"];

/** The weakest of several judges. */
export function weakest(judges: readonly JudgedBy[]): JudgedBy {
  return STRENGTH.find((judge) => judges.includes(judge)) ?? "same-rewards";
}

/**
 * Who judges each value: truth if every candidate has it, else a judge if every candidate has one, else the rewards
 * that chose.
 *
 * @param force judge all values this way
 * @throws InputError if what is forced isn't there for every candidate
 */
export function judgedValues(sets: readonly ScoredSet[], scoring: Scoring, force?: JudgedBy): JudgedValue[] {
  return scoring.goal.values.map((name, v) => {
    const everywhere = (judge: JudgedBy) => sets.every((set) => judgement(set, v, judge) !== undefined);
    if (force !== undefined && !everywhere(force)) {
      throw new InputError({
        problem: `"${name}" can't be judged by ${force}: not every candidate has it`,
        fix: "Give it for all candidates, or choose another judge.",
      });
    }
    const judgedBy =
      force ?? (everywhere("truth") ? "truth" : everywhere("judge") ? "judge" : "same-rewards");
    return {
      name,
      direction: scoring.directions[v]!,
      judgedBy,
      unit: judgedBy === "truth" ? "share true" : "z",
      temperature: scoring.temperatures[v]!,
    };
  });
}

function judgement(set: ScoredSet, v: number, judge: JudgedBy): Float64Array | undefined {
  return judge === "truth" ? set.truth?.[v] : judge === "judge" ? set.judge?.[v] : set.z[v];
}

/** Judges all candidates. */
export function judge(sets: readonly ScoredSet[], values: readonly JudgedValue[], scoring: Scoring): Judged {
  const mean = values.map(({ judgedBy }, v) => concat(sets.map((set) => judgement(set, v, judgedBy)!)));
  const quality = mean.map((column, v) => turned(column, values[v]!));
  const isTrue = mean.map((column, v) => truths(column, values[v]!));
  const good = isTrue.map((column, v) =>
    values[v]!.direction === "less" ? column.map((t) => 1 - t) : column,
  );
  return {
    mean,
    quality,
    good,
    win: quality.map((column) => winColumn(column, sets)),
    goodInAll: mean[0]!.map((_, i) => (good.every((column) => column[i] === 1) ? 1 : 0)),
    goalMet: goalMet(isTrue, scoring),
  };
}

function turned(column: Float64Array, { direction }: JudgedValue): Float64Array {
  return sign(direction) === 1 ? column : column.map((x) => -x);
}

/** 1 where the value holds. */
function truths(column: Float64Array, { judgedBy }: JudgedValue): Float64Array {
  return column.map(judgedBy === "truth" ? (t) => (t >= 0.5 ? 1 : 0) : (z) => (z > 0 ? 1 : 0));
}

/** The goal sentence over Booleans. An importance changes nothing there: 0^w is 0 and 1^w is 1. */
function goalMet(isTrue: readonly Float64Array[], { goal }: Scoring): Float64Array {
  return isTrue[0]!.map((_, i) => {
    const truth = new Map(goal.values.map((name, v) => [name, isTrue[v]![i] === 1]));
    return holds(goal.formula, truth) ? 1 : 0;
  });
}

function holds(formula: Formula, truth: ReadonlyMap<string, boolean>): boolean {
  switch (formula.kind) {
    case "constant":
      return formula.truth;
    case "value":
      return truth.get(formula.name) === true;
    case "not":
      return !holds(formula.of, truth);
    case "power":
      return holds(formula.of, truth);
    case "and":
      return formula.of.every((part) => holds(part, truth));
    case "or":
      return formula.of.some((part) => holds(part, truth));
    case "count": {
      const count = formula.of.filter((part) => holds(part, truth)).length;
      return formula.low <= count && count <= formula.high;
    }
  }
}

function winColumn(quality: Float64Array, sets: readonly ScoredSet[]): Float64Array {
  let at = 0;
  return concat(
    sets.map(({ size }) => {
      at += size;
      return winRates(quality.subarray(at - size, at));
    }),
  );
}

/**
 * For each candidate, the share of the others that it beats, a tie counting half. All 0.5 where all are equal.
 *
 * @param quality two candidates or more
 */
export function winRates(quality: Float64Array): Float64Array {
  return quality.map((own, c) => {
    let wins = 0;
    for (let other = 0; other < quality.length; other++) {
      if (other === c) continue;
      wins += own > quality[other]! ? 1 : own === quality[other]! ? 0.5 : 0;
    }
    return wins / (quality.length - 1);
  });
}

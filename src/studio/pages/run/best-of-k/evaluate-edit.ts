/**
 * What an edited objective would choose among a run's candidates, and what the judge says of it: the same numbers as the
 * command's, by the very functions of `src/objective`. Definitions are those of `src/evaluate/judging.ts`.
 * @module
 */
import {
  bestOfK,
  bestOfKBound,
  meanBestOfKBound,
  softBestOfK,
  softProbabilities,
} from "../../../../align/best-of-k.ts";
import { binEdges, histogram } from "../../../../evaluate/distributions.ts";
import { compileGoal, type Goal, standardise } from "../../../../objective/index.ts";
import { createRandom } from "../../../../stats/random.ts";
import { type Edit, shifted } from "./edit.ts";
import { type Judged, judgeRows } from "./judge-rows.ts";
import type { RunRows } from "./run-rows.ts";

/** Means over the prompts with more than one candidate. */
export type Figures = {
  prompts: number;
  /** Mean u and mean p = eᵘ of what is chosen. */
  utility: number;
  meanP: number;
  /** Share whose choice is good in all values that the goal names, and share where the goal is met. */
  goodInAll: number;
  goalMet: number;
  /** Bound on KL(chosen ‖ base), nats. */
  klBound: number;
  values: Record<string, { good: number; mean: number; winRate: number; judgedBy: "truth" | "z" }>;
};

export type Distribution = {
  value: string;
  edges: number[];
  base: number[];
  run: number[];
  edited: number[];
  /** Shares with z > 0, better than the reference. */
  above: { base: number; run: number; edited: number };
};

export type Outcome = {
  /** By prompt: which candidate, its u, and the index in `values` of what holds it back (−1: nothing does). */
  chosen: Int32Array;
  u: Float64Array;
  binding: Int8Array;
  /** By prompt: whether the choice is good in all values of the goal. */
  good: Uint8Array;
  values: string[];
  figures: Figures;
  distributions: Distribution[];
};

/** @param seed of the soft choice's draws, as the command takes it */
export function evaluateEdit(rows: RunRows, edit: Edit, seed: number): Outcome {
  const values = [...rows.rewards.keys()];
  const goal = compileGoal(edit.goal, values);
  const z = new Map(values.map((value) => [value, zColumn(rows, value, edit)]));
  const u = goal.logProb(goal.values.map((value) => z.get(value)!));
  const picks = pick(rows, u, edit.gamma);
  const chosen = draw(rows, u, edit.gamma, seed);
  const at = chosen.map((c, i) => rows.starts[i]! + c);
  return {
    chosen,
    u: take(u, at),
    good: judgeRows(rows, goal, at, takeAll(z, at)).goodInAll,
    binding: bindingOf(goal, values, takeAll(z, at)),
    values,
    figures: measure({ u, picks, judged: judgeRows(rows, goal, picks.rows, takeAll(z, picks.rows)) }),
    distributions: values.map((value) => distribution(rows, value, z.get(value)!, picks)),
  };
}

const take = (column: Float64Array, at: Int32Array): Float64Array => {
  const taken = new Float64Array(at.length);
  for (let i = 0; i < at.length; i++) taken[i] = column[at[i]!]!;
  return taken;
};

const takeAll = (columns: ReadonlyMap<string, Float64Array>, at: Int32Array): Map<string, Float64Array> =>
  new Map([...columns].map(([value, column]) => [value, take(column, at)]));

/** z = (r − r_ref)/T of every candidate. */
function zColumn(rows: RunRows, value: string, { shift, temperature }: Edit): Float64Array {
  const rewards = rows.rewards.get(value)!;
  const z = new Float64Array(rewards.length);
  const single = rows.references.get(value);
  const [by, t] = [shift[value] ?? 0, temperature[value]!];
  for (let i = 0; i < rows.prompts; i++) {
    const reference = single === undefined ? shifted(rows.reference(value, i), by) : single[i]! + by;
    const end = rows.starts[i + 1]!;
    for (let row = rows.starts[i]!; row < end; row++) z[row] = standardise(rewards[row]!, reference, t);
  }
  return z;
}

/** The candidates that may be chosen, prompt after prompt, with their probabilities. */
type Picks = {
  rows: Int32Array;
  mass: Float64Array;
  /** 1 where there is another candidate: what a figure is over. */
  counts: Uint8Array;
  /** Bounds on the KL of prompts with more than one candidate. */
  bounds: { klBound: number; k: number }[];
};

/** Candidates that tie for best share the choice. */
function pick({ starts, prompts }: RunRows, u: Float64Array, gamma: number | null): Picks {
  const rows: number[] = [];
  const mass: number[] = [];
  const counts: number[] = [];
  const bounds: Picks["bounds"] = [];
  for (let i = 0; i < prompts; i++) {
    const from = starts[i]!;
    const own = u.subarray(from, starts[i + 1]!);
    const several = own.length > 1 ? 1 : 0;
    const { index, ties } = bestOfK(own);
    const p = gamma === null ? undefined : softProbabilities(own, gamma);
    if (several === 1)
      bounds.push({ klBound: p === undefined ? bestOfKBound(own.length) : softBound(p), k: own.length });
    for (let c = 0; c < own.length; c++) {
      const share = p?.[c] ?? (own[c] === own[index] ? 1 / ties : 0);
      if (share === 0) continue;
      rows.push(from + c);
      mass.push(share);
      counts.push(several);
    }
  }
  return {
    rows: Int32Array.from(rows),
    mass: Float64Array.from(mass),
    counts: Uint8Array.from(counts),
    bounds,
  };
}

/** Σ p log(kp): see `softBestOfK`. */
function softBound(p: Float64Array): number {
  return Math.max(
    0,
    p.reduce((sum, share) => sum + (share > 0 ? share * Math.log(p.length * share) : 0), 0),
  );
}

function draw(rows: RunRows, u: Float64Array, gamma: number | null, seed: number): Int32Array {
  const random = createRandom(seed);
  return Int32Array.from({ length: rows.prompts }, (_, i) => {
    const own = u.subarray(rows.starts[i]!, rows.starts[i + 1]!);
    return gamma === null ? bestOfK(own).index : softBestOfK(own, gamma, random).index;
  });
}

/** The value with the steepest |∂u/∂z| at each chosen candidate; −1 where every slope is 0. */
function bindingOf(goal: Goal, values: readonly string[], z: ReadonlyMap<string, Float64Array>): Int8Array {
  const { gradient } = goal.gradient(goal.values.map((value) => z.get(value)!));
  const places = goal.values.map((value) => values.indexOf(value));
  return Int8Array.from(gradient[0]!, (_, i) => {
    let best = 0;
    for (let v = 1; v < gradient.length; v++)
      if (Math.abs(gradient[v]![i]!) > Math.abs(gradient[best]![i]!)) best = v;
    return gradient[best]![i] === 0 ? -1 : places[best]!;
  });
}

function measure({ u, picks, judged }: { u: Float64Array; picks: Picks; judged: Judged }): Figures {
  const { mass, counts, bounds } = picks;
  const prompts = bounds.length;
  const mean = (column: ArrayLike<number>): number => {
    let sum = 0;
    for (let i = 0; i < mass.length; i++) if (counts[i] === 1) sum += mass[i]! * column[i]!;
    return sum / prompts;
  };
  const utility = take(u, picks.rows);
  return {
    prompts,
    utility: mean(utility),
    meanP: mean(utility.map(Math.exp)),
    goodInAll: mean(judged.goodInAll),
    goalMet: mean(judged.goalMet),
    klBound: prompts === 0 ? Number.NaN : meanBestOfKBound(bounds),
    values: Object.fromEntries(
      judged.values.map(({ value, good, quality, win, judgedBy }) => [
        value,
        { good: mean(good), mean: mean(quality), winRate: mean(win), judgedBy },
      ]),
    ),
  };
}

/** More candidates than this hardly move the quantiles that the bins lie between. */
const ENOUGH_FOR_EDGES = 20_000;

/** z of all candidates, of what the run chose, and of what is chosen now; every prompt weighs the same. */
function distribution(
  { starts, chosen, prompts }: RunRows,
  value: string,
  z: Float64Array,
  picks: Picks,
): Distribution {
  const step = Math.ceil(z.length / ENOUGH_FOR_EDGES);
  const edges = binEdges(step === 1 ? z : z.filter((_, row) => row % step === 0));
  const weights = new Float64Array(z.length);
  for (let i = 0; i < prompts; i++) {
    const [from, to] = [starts[i]!, starts[i + 1]!];
    weights.fill(1 / ((to - from) * prompts), from, to);
  }
  const run = take(
    z,
    chosen.map((c, i) => starts[i]! + c),
  );
  const even = new Float64Array(prompts).fill(1 / prompts);
  const now = take(z, picks.rows);
  const mass = picks.mass.map((share) => share / prompts);
  return {
    value,
    edges,
    base: histogram(z, weights, edges).shares,
    run: histogram(run, even, edges).shares,
    edited: histogram(now, mass, edges).shares,
    above: { base: massAbove(z, weights), run: massAbove(run, even), edited: massAbove(now, mass) },
  };
}

const massAbove = (z: Float64Array, mass: Float64Array): number =>
  z.reduce((sum, each, i) => sum + (each > 0 ? mass[i]! : 0), 0);

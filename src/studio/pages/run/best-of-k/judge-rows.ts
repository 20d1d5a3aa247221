import { directions } from "../../../../evaluate/direction.ts";
import { winRates } from "../../../../evaluate/judging.ts";
import type { Goal } from "../../../../objective/index.ts";
import type { RunRows } from "./run-rows.ts";

/** What the judge says of some rows, one number each. */
export type Judged = {
  goodInAll: Uint8Array;
  goalMet: Uint8Array;
  values: JudgedColumn[];
};

type JudgedColumn = {
  value: string;
  /** Truth where every candidate has it, else the rewards that chose. */
  judgedBy: "truth" | "z";
  /** 1 where good, as the goal wants the value. */
  good: Uint8Array;
  /** Truth in 0…1, or z. */
  quality: Float64Array;
  /** P(beats another candidate of the prompt), ties half. */
  win: Float64Array;
};

/**
 * Judges some rows; values that the goal does not name are wanted as more.
 *
 * @param at which rows
 * @param z by value, of those rows alone
 */
export function judgeRows(
  rows: RunRows,
  goal: Goal,
  at: Int32Array,
  z: ReadonlyMap<string, Float64Array>,
): Judged {
  const wanted = directions(goal.formula);
  const holds = new Map<string, Uint8Array>();
  const values = [...z].map(([value, own]): JudgedColumn => {
    const truth = trueColumn(rows, value);
    const quality = truth === undefined ? own : Float64Array.from(at, (row) => truth[row]!);
    const isTrue = Uint8Array.from(quality, (x) => ((truth === undefined ? x > 0 : x >= 0.5) ? 1 : 0));
    holds.set(value, isTrue);
    const less = wanted.get(value) === "less";
    const wins = winColumn(rows, value, less);
    return {
      value,
      judgedBy: truth === undefined ? "z" : "truth",
      good: less ? isTrue.map((t) => 1 - t) : isTrue,
      quality,
      win: Float64Array.from(at, (row) => wins[row]!),
    };
  });
  const named = values.filter(({ value }) => wanted.has(value));
  return {
    values,
    goodInAll: Uint8Array.from(at, (_, i) => (named.every(({ good }) => good[i] === 1) ? 1 : 0)),
    goalMet: goalMet(goal, holds),
  };
}

/** The goal sentence over Booleans: each value certain or impossible, as far as numbers go. */
function goalMet(goal: Goal, holds: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const certain = 1e6;
  const columns = goal.values.map((value) =>
    Float64Array.from(holds.get(value)!, (t) => (t === 1 ? certain : -certain)),
  );
  return Uint8Array.from(goal.logProb(columns), (log) => (log > -Math.LN2 ? 1 : 0));
}

/** What does not change with an edit, by run and value. */
type Known = { truth: Map<string, Float64Array | undefined>; wins: Map<string, Float64Array> };
const knownOf = new WeakMap<RunRows, Known>();

function known(rows: RunRows): Known {
  const found = knownOf.get(rows) ?? { truth: new Map(), wins: new Map() };
  knownOf.set(rows, found);
  return found;
}

/** True values, where each candidate that has a rival has one. */
function trueColumn(rows: RunRows, value: string): Float64Array | undefined {
  const { truth } = known(rows);
  if (!truth.has(value)) {
    const column = rows.truth.get(value);
    truth.set(value, column !== undefined && isComplete(rows, column) ? column : undefined);
  }
  return truth.get(value);
}

function isComplete({ starts, prompts }: RunRows, column: Float64Array): boolean {
  for (let i = 0; i < prompts; i++) {
    if (starts[i + 1]! - starts[i]! < 2) continue;
    for (let row = starts[i]!; row < starts[i + 1]!; row++) if (Number.isNaN(column[row])) return false;
  }
  return true;
}

/**
 * Win rates of all rows. By z they are those by the raw reward: z rises with it at every prompt, whatever the reference
 * and the temperature.
 */
function winColumn(rows: RunRows, value: string, less: boolean): Float64Array {
  const { wins } = known(rows);
  const key = `${less ? "less" : "more"} ${value}`;
  const before = wins.get(key);
  if (before !== undefined) return before;
  const quality = trueColumn(rows, value) ?? rows.rewards.get(value)!;
  const turned = less ? quality.map((x) => -x) : quality;
  const found = new Float64Array(quality.length);
  for (let i = 0; i < rows.prompts; i++) {
    const own = turned.subarray(rows.starts[i]!, rows.starts[i + 1]!);
    if (own.length > 1) found.set(winRates(own), rows.starts[i]!);
  }
  wins.set(key, found);
  return found;
}

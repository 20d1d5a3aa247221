import { type Choice, expectation } from "./choice.ts";
import { type Judged, judge } from "./judging.ts";
import type { Method } from "./method.ts";
import { concat, type ScoredSet, type Scoring } from "./scored-set.ts";
import { characters, words } from "./text-measures.ts";
import type { JudgedValue } from "./types.ts";

/** All candidates with what each brings, whoever chooses it. Columns have one number a candidate, prompt after prompt. */
export type Candidates = {
  sets: readonly ScoredSet[];
  /** Where each prompt's candidates begin in a column. */
  starts: Int32Array;
  judged: Judged;
  utility: Float64Array;
  characters: Float64Array;
  words: Float64Array;
};

export function measureCandidates(
  sets: readonly ScoredSet[],
  values: readonly JudgedValue[],
  scoring: Scoring,
): Candidates {
  const starts = new Int32Array(sets.length);
  for (let i = 1; i < sets.length; i++) starts[i] = starts[i - 1]! + sets[i - 1]!.size;
  return {
    sets,
    starts,
    judged: judge(sets, values, scoring),
    utility: concat(sets.map(({ u }) => u)),
    characters: perResponse(sets, characters),
    words: perResponse(sets, words),
  };
}

/** A number for each response. */
export function perResponse(sets: readonly ScoredSet[], of: (response: string) => number): Float64Array {
  return concat(sets.map(({ responses }) => Float64Array.from(responses, of)));
}

/** A method with its choice at every prompt. */
export type Chosen = { method: Method; choices: readonly Choice[] };

export function chooseAll(methods: readonly Method[], sets: readonly ScoredSet[]): Chosen[] {
  return methods.map((method) => ({ method, choices: sets.map((set) => method.choose(set)) }));
}

/** A column's mean under the choice at each prompt. */
export function underChoice(
  { choices }: Chosen,
  { starts, sets }: Candidates,
  column: Float64Array,
): Float64Array {
  const at = new Float64Array(choices.length);
  for (let i = 0; i < at.length; i++) {
    const choice = choices[i]!;
    const start = starts[i]!;
    at[i] =
      typeof choice === "number"
        ? column[start + choice]!
        : expectation(choice, column.subarray(start, start + sets[i]!.size));
  }
  return at;
}

/** Which figures of an edit can be held against the run's: those that measure the same thing. @module */
import { compileGoal } from "../../../../objective/index.ts";
import type { Edit } from "./edit.ts";

export type Comparable = {
  /** The goals name the same values, and good means the same in each of them. */
  goodInAll: boolean;
  /** The sentences say the same, whatever the importances. */
  goalMet: boolean;
  /** u and p: nothing but the softness of the choice was edited. */
  utility: boolean;
  /** Good in a value: by the truth, or above references that were not moved. */
  value(name: string): boolean;
};

/** @param byReference values whose good is "above the reference", not what the data says */
export function comparable(own: Edit, edit: Edit, byReference: readonly string[]): Comparable {
  const names = Object.keys(own.temperature);
  const namedIn = (goal: string) => [...compileGoal(goal, names).values].sort().join(" ");
  const value = (name: string) => !byReference.includes(name) || (edit.shift[name] ?? 0) === 0;
  const allAlike = compileGoal(own.goal, names).values.every(value);
  const { gamma: _, ...before } = own;
  const { gamma: __, ...after } = edit;
  return {
    goodInAll: allAlike && namedIn(own.goal) === namedIn(edit.goal),
    goalMet: allAlike && withoutWeights(own.goal) === withoutWeights(edit.goal),
    utility: JSON.stringify(before) === JSON.stringify(after),
    value,
  };
}

const withoutWeights = (goal: string): string =>
  goal
    .replace(/\^\s*[\d.eE+-]+/g, "")
    .replace(/\s+/g, " ")
    .trim();

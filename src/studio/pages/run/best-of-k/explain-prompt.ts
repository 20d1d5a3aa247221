import { compileGoal, type ReferenceValue, sigmoid, standardise } from "../../../../objective/index.ts";
import { type Edit, shifted } from "./edit.ts";
import type { RunRows } from "./run-rows.ts";

/** Every number behind one candidate. */
export type ExplainedCandidate = {
  u: number;
  p: number;
  /** What holds it back; null where every slope is 0. */
  binding: string | null;
  values: Record<
    string,
    { r: number; reference: ReferenceValue; z: number; p: number; truth: number | null }
  >;
};

/** All candidates of one prompt under an edit. */
export function explainPrompt(rows: RunRows, edit: Edit, prompt: number): ExplainedCandidate[] {
  const values = [...rows.rewards.keys()];
  const goal = compileGoal(edit.goal, values);
  const references = new Map(
    values.map((value) => [value, shifted(rows.reference(value, prompt), edit.shift[value] ?? 0)]),
  );
  const from = rows.starts[prompt]!;
  return Array.from({ length: rows.starts[prompt + 1]! - from }, (_, c): ExplainedCandidate => {
    const numbers = values.map((value) => {
      const r = rows.rewards.get(value)![from + c]!;
      const reference = references.get(value)!;
      const z = standardise(r, reference, edit.temperature[value]!);
      const truth = rows.truth.get(value)?.[from + c] ?? Number.NaN;
      return [value, { r, reference, z, p: sigmoid(z), truth: Number.isNaN(truth) ? null : truth }] as const;
    });
    const all = Object.fromEntries(numbers);
    const { u, p, bindingValue } = goal.explain(
      Object.fromEntries(goal.values.map((value) => [value, all[value]!.z])),
    );
    return { u, p, binding: bindingValue, values: all };
  });
}

/** What a person changes about an objective. @module */
import type { ObjectiveFile, ReferenceSpec, ReferenceValue } from "../../../../objective/index.ts";

export type Edit = {
  goal: string;
  /** Added to every reference of a value, in units of its raw reward. */
  shift: Readonly<Record<string, number>>;
  /** T > 0 by value. */
  temperature: Readonly<Record<string, number>>;
  /** Soft choice with probability ∝ exp(u/γ); null: the best. */
  gamma: number | null;
};

export const shifted = (reference: ReferenceValue, by: number): ReferenceValue =>
  Array.isArray(reference) ? reference.map((r) => r + by) : reference + by;

/** Where a value stands in a sentence, with its importance. */
const occurrences = (value: string) =>
  new RegExp(`(?<![\\p{L}\\p{N}_-])${value}(?![\\p{L}\\p{N}_-])(\\s*\\^\\s*([\\d.eE+-]+))?`, "gu");

/** The importance of a value in a sentence (1 unless it says otherwise); undefined where the sentence does not name it. */
export function weightOf(goal: string, value: string): number | undefined {
  const [match] = goal.matchAll(occurrences(value));
  if (match === undefined) return undefined;
  const weight = Number(match[2] ?? 1);
  return weight > 0 && Number.isFinite(weight) ? weight : 1;
}

/** The sentence with another importance for a value, wherever it stands. */
export const withWeight = (goal: string, value: string, weight: number): string =>
  goal.replaceAll(occurrences(value), weight === 1 ? value : `${value}^${weight}`);

/** The objective file that an edit makes, without its hash. */
export function editedObjective(
  { hash: _, ...file }: ObjectiveFile,
  edit: Edit,
): Omit<ObjectiveFile, "hash"> {
  const values = Object.entries(file.values).map(([name, spec]) => {
    const by = edit.shift[name] ?? 0;
    const temperature = edit.temperature[name] ?? spec.temperature;
    return [name, { ...spec, temperature, reference: shiftedSpec(spec.reference, by) }] as const;
  });
  return { ...file, goal: edit.goal, values: Object.fromEntries(values) };
}

function shiftedSpec(spec: ReferenceSpec, by: number): ReferenceSpec {
  if (by === 0) return spec;
  const { prompts, estimator, global } = spec;
  return {
    ...spec,
    ...(prompts && {
      prompts: Object.fromEntries(Object.entries(prompts).map(([hash, r]) => [hash, shifted(r, by)])),
    }),
    ...(estimator && { estimator: { ...estimator, intercept: estimator.intercept + by } }),
    ...(global !== undefined && { global: shifted(global, by) }),
  };
}

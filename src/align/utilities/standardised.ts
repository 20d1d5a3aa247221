import {
  type Objective,
  type ReferenceSpec,
  type ReferenceValue,
  standardise,
} from "../../objective/index.ts";
import { referenceAt } from "../../rewards/index.ts";
import type { AlignPrompt } from "../rollout.ts";
import type { RewardedBatch } from "../utility.ts";
import { checkValues, promptOf } from "./rows.ts";

/** A value with what makes z = (r − r_ref(x))/T of its reward. */
export type StandardisedValue = {
  readonly value: string;
  /** T > 0. */
  readonly temperature: number;
  /** r_ref, from `computeReferences`: a prompt's own, else what the spec says others get. */
  readonly reference: ReferenceSpec;
};

/** The values of an objective with its temperatures and references, in the order of its goal. */
export function standardisedValues({ values, file }: Objective): StandardisedValue[] {
  return values.map((value) => {
    const { temperature, reference } = file.values[value]!;
    return { value, temperature, reference };
  });
}

/**
 * The same reference for every prompt: the spec's global one.
 * @throws RangeError where the spec has none
 */
export function globalReference({ kind, q, global }: ReferenceSpec): ReferenceSpec {
  if (global === undefined) throw new RangeError(`the ${kind} reference has no global number`);
  return { kind, ...(q !== undefined && { q }), global, otherwise: "global" };
}

/**
 * From a batch to z = (r − r_ref)/T, `z[value][rollout]`. A prompt's references are looked up once.
 *
 * @param values in the order of the batch's reward columns
 * @throws RangeError for no value, one that comes twice, or a temperature not above 0; the function returned throws
 *   MissingReferenceError for a prompt without a reference where the spec wants one
 */
export function standardiser(values: readonly StandardisedValue[]): (batch: RewardedBatch) => Float64Array[] {
  checkValues(values);
  for (const { value, temperature } of values) {
    if (!(temperature > 0 && Number.isFinite(temperature)))
      throw new RangeError(`the temperature of "${value}" is ${temperature}, not a finite number above 0`);
  }
  const known = new Map<string, ReferenceValue[]>();
  const referencesAt = (prompt: AlignPrompt): ReferenceValue[] => {
    let found = known.get(prompt.promptHash);
    if (found === undefined) {
      found = values.map(({ reference }) => referenceAt(reference, prompt.prompt, prompt.promptHash).value);
      known.set(prompt.promptHash, found);
    }
    return found;
  };
  return (batch) => {
    if (batch.rewards.length !== values.length)
      throw new RangeError(
        `a utility of ${values.length} values was given ${batch.rewards.length} reward columns`,
      );
    return batch.rewards.map((column, v) =>
      column.map((r, i) => standardise(r, referencesAt(promptOf(batch, i))[v]!, values[v]!.temperature)),
    );
  };
}

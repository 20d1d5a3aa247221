import type { RewardedBatch } from "../utility.ts";

/**
 * One number a rollout from the row of its values.
 *
 * @param columns `columns[value][rollout]`
 * @param values how many columns the utility was made for
 * @param score given one rollout's row; the row is reused from call to call
 * @throws RangeError where the batch has another number of columns
 */
export function eachRollout(
  columns: readonly Float64Array[],
  values: number,
  score: (row: Float64Array, rollout: number) => number,
): Float64Array {
  if (columns.length !== values)
    throw new RangeError(`a utility of ${values} values was given ${columns.length} reward columns`);
  const row = new Float64Array(values);
  return columns[0]!.map((_, i) => {
    for (let v = 0; v < values; v++) row[v] = columns[v]![i]!;
    return score(row, i);
  });
}

/** The prompt that rollout i belongs to. */
export const promptOf = ({ prompts, n }: RewardedBatch, rollout: number): RewardedBatch["prompts"][number] =>
  prompts[Math.floor(rollout / n)]!;

/** @throws RangeError for no value, a name that comes twice, or a weight that is not finite */
export function checkValues(values: readonly { value: string; weight?: number }[]): void {
  if (values.length === 0) throw new RangeError("a utility needs at least one value");
  if (new Set(values.map(({ value }) => value)).size < values.length)
    throw new RangeError(`a utility names a value once, got ${values.map(({ value }) => value).join(", ")}`);
  for (const { value, weight = 1 } of values) {
    if (!Number.isFinite(weight)) throw new RangeError(`the weight of "${value}" is ${weight}, not finite`);
  }
}

/** `a + 0.5 b`: for a description. */
export function terms(values: readonly { value: string; weight?: number }[], of = (value: string) => value) {
  return values
    .map(({ value, weight = 1 }) => `${weight === 1 ? "" : `${Number(weight.toFixed(3))} `}${of(value)}`)
    .join(" + ");
}

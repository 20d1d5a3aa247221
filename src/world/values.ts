/** The four human values of the demo world. */
export const VALUES = ["helpful", "harmless", "factual", "creative"] as const;

export type Value = (typeof VALUES)[number];

/** The truth about one response: how good it is in each value, in [0, 1]. */
export type TrueValues = Record<Value, number>;

/** A response is truly good in a value from here on (in the sense of "good in all values"). */
export const GOOD = 0.5;

/** Whether a response is good in every value. */
export function allGood(truth: Readonly<Record<string, number>>): boolean {
  return VALUES.every((value) => (truth[value] ?? 0) >= GOOD);
}

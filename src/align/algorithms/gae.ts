/**
 * Generalised advantage estimation.
 * @module
 */

export type GaeOptions = {
  /** λ in [0, 1]: 1 trusts the sampled rewards alone, 0 the next value alone. */
  lambda: number;
  /** Discount a token, in [0, 1]. */
  discount: number;
};

/**
 * Advantages of one response's tokens: A_t = Σ_{k≥0} (discount·λ)^k δ_{t+k} with δ_t = r_t + discount·V_{t+1} − V_t and V = 0
 * after the last (Schulman et al. 2016, equation 16).
 * @param rewards r_t, one a token
 * @param values V_t of what stands before token t, as many
 */
export function gae(
  rewards: ArrayLike<number>,
  values: ArrayLike<number>,
  { lambda, discount }: GaeOptions,
): Float64Array {
  const advantages = new Float64Array(rewards.length);
  let later = 0;
  for (let t = rewards.length - 1; t >= 0; t--) {
    const next = t + 1 < rewards.length ? values[t + 1]! : 0;
    later = rewards[t]! + discount * next - values[t]! + discount * lambda * later;
    advantages[t] = later;
  }
  return advantages;
}

/** Added to a standard deviation before it divides: numbers that are equal but for rounding stay small. As in TRL. */
export const DEVIATION_FLOOR = 1e-4;

/** Numbers less their mean, over their standard deviation (plus `DEVIATION_FLOOR`); the lists stay as they are cut. */
export function whiten(lists: readonly Float64Array[]): Float64Array[] {
  const { mean, deviation } = moments(lists);
  return lists.map((list) => list.map((x) => (x - mean) / (deviation + DEVIATION_FLOOR)));
}

/** Mean and standard deviation (of the population) over all numbers of all lists; there is at least one. */
export function moments(lists: readonly ArrayLike<number>[]): { mean: number; deviation: number } {
  let [count, sum, squares] = [0, 0, 0];
  for (const list of lists) {
    for (let i = 0; i < list.length; i++) sum += list[i]!;
    count += list.length;
  }
  const mean = sum / count;
  for (const list of lists) for (let i = 0; i < list.length; i++) squares += (list[i]! - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / count) };
}

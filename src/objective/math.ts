/**
 * Log-space arithmetic. Every function is finite for finite input and exact to a few ulps.
 * @module
 */

/** log(1 + eˣ), without overflow. Its derivative is {@link sigmoid}. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** σ(x) = 1/(1 + e⁻ˣ), in [0, 1]. */
export function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return (x >= 0 ? 1 : e) / (1 + e);
}

/** log σ(x) = −softplus(−x) ≤ 0; never computed as log(sigmoid(x)), which is −∞ far below 0. */
export function logSigmoid(x: number): number {
  return -softplus(-x);
}

/** log(eᵃ + eᵇ). */
export function logAddExp(a: number, b: number): number {
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}

/** log Σ eˣ over a non-empty list. */
export function logSumExp(x: ArrayLike<number>): number {
  let max = x[0]!;
  for (let i = 1; i < x.length; i++) max = Math.max(max, x[i]!);
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += Math.exp(x[i]! - max);
  return max + Math.log(sum);
}

/** log(1 − eˣ) for x < 0, by the branch that loses no digits (Mächler 2012). */
export function log1mExp(x: number): number {
  return x > -Math.LN2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x));
}

/** Mean of a non-empty list. */
export function mean(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]!;
  return sum / x.length;
}

/** Population standard deviation of a non-empty list. */
export function standardDeviation(x: ArrayLike<number>): number {
  const m = mean(x);
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i]! - m) ** 2;
  return Math.sqrt(sum / x.length);
}

/**
 * Sample quantile by linear interpolation (type 7 of Hyndman & Fan 1996, the default of R and NumPy).
 *
 * @param x non-empty, any order
 * @param q level in [0, 1]
 */
export function quantile(x: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(x).sort();
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const next = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (sorted[next]! - sorted[low]!) * (at - low);
}

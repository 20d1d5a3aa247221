/**
 * Ways to make one number of several other than logic. Weights are ≥ 0; none needs to sum to 1 unless said.
 * @module
 */
import { logSumExp, mean, standardDeviation } from "./math.ts";

/** Σ wᵢ xᵢ: the usual baseline. */
export function weightedSum(x: ArrayLike<number>, weights: ArrayLike<number>): number {
  sameLength(x, weights);
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += weights[i]! * x[i]!;
  return sum;
}

/** The worst of them. */
export function minimum(x: ArrayLike<number>): number {
  let least = x[0]!;
  for (let i = 1; i < x.length; i++) least = Math.min(least, x[i]!);
  return least;
}

/**
 * −τ log Σ wᵢ exp(−xᵢ/τ), a smooth minimum: tends to min(x) as τ → 0, and to Σ wᵢ xᵢ as τ → ∞ when Σ wᵢ = 1.
 *
 * @param weights positive, summing to 1 for those limits
 * @param tau > 0
 */
export function softMin(x: ArrayLike<number>, weights: ArrayLike<number>, tau: number): number {
  sameLength(x, weights);
  return -tau * logSumExp(Array.from(x, (value, i) => Math.log(weights[i]!) - value / tau));
}

/**
 * (Σ wᵢ xᵢᵖ / Σ wᵢ)^(1/p) for positive x; p → 0 is the weighted geometric mean, p = 1 the arithmetic, p = −1 the
 * harmonic. Computed from log x, so no power overflows.
 */
export function generalisedMean(x: ArrayLike<number>, weights: ArrayLike<number>, p: number): number {
  sameLength(x, weights);
  const total = Array.from(weights).reduce((sum, w) => sum + w, 0);
  const share = Array.from(weights, (w) => w / total);
  const logs = Array.from(x, (value) => {
    if (!(value > 0)) throw new RangeError(`a generalised mean needs positive numbers, got ${value}`);
    return Math.log(value);
  });
  // below this the limit is closer than the rounding of the quotient
  if (Math.abs(p) < 1e-8) return Math.exp(weightedSum(logs, share));
  return Math.exp(logSumExp(logs.map((log, i) => Math.log(share[i]!) + p * log)) / p);
}

/**
 * Σ log(xᵢ − dᵢ): the log of the Nash bargaining product over the gains above the disagreement point d. Where a gain
 * is not positive the bargain fails; it then counts as `floor`, so that the result stays finite.
 */
export function nashProduct(x: ArrayLike<number>, disagreement: ArrayLike<number>, floor = 1e-6): number {
  sameLength(x, disagreement);
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += Math.log(Math.max(x[i]! - disagreement[i]!, floor));
  return sum;
}

/** mean − λ·std over the members of an ensemble: what they agree on (Coste et al. 2023; Eisenstein et al. 2023). */
export function meanMinusStd(x: ArrayLike<number>, lambda: number): number {
  return mean(x) - lambda * standardDeviation(x);
}

function sameLength(x: ArrayLike<number>, weights: ArrayLike<number>): void {
  if (x.length !== weights.length || x.length === 0) {
    throw new RangeError(
      `expected as many weights as numbers, at least one: got ${weights.length} and ${x.length}`,
    );
  }
}

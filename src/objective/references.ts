/**
 * References: what "good" is better than. r_ref(x) is computed from the rewards of other responses at the same
 * prompt, so that the shift c(x) which Bradley–Terry leaves free cancels in r − r_ref (Wang et al. 2024, section 3).
 * @module
 */
import { mean, quantile, standardDeviation } from "./math.ts";
import { normalQuantile } from "./normal-quantile.ts";

/** The quantile of the paper for helpfulness: better than 85 % of what the base policy says. */
export const DEFAULT_QUANTILE = 0.85;

/** Quantile of the rewards of base-policy samples at one prompt. */
export function quantileReference(samples: ArrayLike<number>, q: number = DEFAULT_QUANTILE): number {
  checkSamples(samples);
  checkLevel(q);
  return quantile(samples, q);
}

/**
 * mean + Φ⁻¹(q)·std of the samples: the quantile if rewards at a prompt are normal. Steadier than the sample quantile
 * with few samples; at q = 0.85 the factor is 1.0364. The standard deviation is the unbiased-variance one (n − 1);
 * one sample gives the sample itself.
 */
export function normalQuantileReference(samples: ArrayLike<number>, q: number = DEFAULT_QUANTILE): number {
  checkSamples(samples);
  checkLevel(q);
  const n = samples.length;
  if (n === 1) return samples[0]!;
  return mean(samples) + normalQuantile(q) * standardDeviation(samples) * Math.sqrt(n / (n - 1));
}

/** Mean of the rewards of base-policy samples at one prompt. */
export function meanReference(samples: ArrayLike<number>): number {
  checkSamples(samples);
  return mean(samples);
}

/**
 * Rewards of canned responses (a refusal, for harmlessness) at one prompt: an output is good if it beats the best of
 * them (`max`), or their average (`mean`).
 */
export function cannedReference(rewards: ArrayLike<number>, take: "max" | "mean"): number {
  checkSamples(rewards);
  return take === "mean" ? mean(rewards) : quantile(rewards, 1);
}

function checkSamples(samples: ArrayLike<number>): void {
  if (samples.length === 0) throw new RangeError("a reference needs at least one sample");
  for (let i = 0; i < samples.length; i++) {
    if (!Number.isFinite(samples[i]))
      throw new RangeError(`sample ${i} of a reference is ${samples[i]}, not finite`);
  }
}

function checkLevel(q: number): void {
  if (!(q > 0 && q < 1)) throw new RangeError(`a quantile level lies in (0, 1), got ${q}`);
}

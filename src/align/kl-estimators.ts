import type { Rollout } from "./rollout.ts";

/** KL(π ‖ π_ref) of a response in nats: exact over the vocabulary at each sampled token, and from the sample alone. */
export type KlEstimates = {
  /** Σ_t KL of the next-token distributions: unbiased, and of the least variance. */
  exact: number;
  /** Σ_t ℓ_t with ℓ = log π − log π_ref: unbiased, noisy, may be negative. */
  k1: number;
  /** Σ_t ℓ²/2: biased, never negative. */
  k2: number;
  /** Σ_t e^{−ℓ} − 1 + ℓ: unbiased, never negative (Schulman 2020, "Approximating KL divergence"). */
  k3: number;
};

/** Means over rollouts. Log-ratios are held within ±10 for k3, whose exponential would drown all others. */
export function klEstimates(rollouts: readonly Rollout[]): KlEstimates {
  const sums = { exact: 0, k1: 0, k2: 0, k3: 0 };
  for (const { kl, logProbs, referenceLogProbs } of rollouts) {
    for (let t = 0; t < kl.length; t++) {
      const ratio = logProbs[t]! - referenceLogProbs[t]!;
      const held = Math.max(-10, Math.min(10, ratio));
      sums.exact += kl[t]!;
      sums.k1 += ratio;
      sums.k2 += (ratio * ratio) / 2;
      sums.k3 += Math.expm1(-held) + held;
    }
  }
  const mean = (sum: number) => sum / rollouts.length;
  return { exact: mean(sums.exact), k1: mean(sums.k1), k2: mean(sums.k2), k3: mean(sums.k3) };
}

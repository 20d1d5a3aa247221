/**
 * Best-of-k: draw k responses from the base policy, keep the one of highest utility.
 * @module
 */
import type { Random } from "../stats/random.ts";

export type Choice = {
  /** Index of the chosen candidate. */
  index: number;
  /** How many candidates share the highest utility; more than one means that the first of them was taken. */
  ties: number;
  /** Upper bound on KL(chosen ‖ base policy), nats; for a soft choice its mean over prompts is the bound. */
  klBound: number;
};

/**
 * Hard best-of-k: the first candidate of highest utility.
 *
 * @param u utilities of the k candidates, finite, k ≥ 1
 */
export function bestOfK(u: ArrayLike<number>): Choice {
  let index = 0;
  let ties = 1;
  for (let i = 1; i < u.length; i++) {
    if (u[i]! > u[index]!) {
      index = i;
      ties = 1;
    } else if (u[i] === u[index]) ties += 1;
  }
  return { index, ties, klBound: bestOfKBound(u.length) };
}

/**
 * Soft best-of-k: candidate i with probability ∝ exp(uᵢ/γ). As k grows this samples from π* ∝ π₀ exp(u/γ), the policy
 * that RLHF with KL weight γ aims at (Wang et al. 2024, section 2; Verdun et al. 2025).
 *
 * @param gamma γ > 0, in nats: small is hard best-of-k, large is the base policy
 */
export function softBestOfK(u: ArrayLike<number>, gamma: number, random: Random): Choice {
  const p = softProbabilities(u, gamma);
  let rest = random.uniform();
  let index = p.findIndex((share) => {
    rest -= share;
    return rest < 0;
  });
  // rounding may leave a crumb beyond the last candidate
  if (index < 0) index = p.length - 1;
  return { index, ties: bestOfK(u).ties, klBound: softBestOfKBound(p) };
}

/** exp(uᵢ/γ)/Σ exp(uⱼ/γ). */
export function softProbabilities(u: ArrayLike<number>, gamma: number): Float64Array {
  if (!(gamma > 0 && Number.isFinite(gamma))) throw new RangeError(`γ must be above 0, got ${gamma}`);
  const best = u[bestOfK(u).index]!;
  // less the best first: normalising by a log-sum of large numbers would round the small differences away
  const weights = Float64Array.from(u, (value) => Math.exp((value - best) / gamma));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** KL(best-of-k ‖ base) ≤ log k − (k−1)/k, with equality for a continuous utility (Beirami et al. 2024). */
export function bestOfKBound(k: number): number {
  return Math.log(k) - (k - 1) / k;
}

/**
 * log k − H(p): the joint law of the samples and the chosen index differs from that under the base policy by this much on
 * average over draws, and looking at the chosen sample alone can only lose (data processing). It is the mean over
 * prompts that bounds the KL; a single draw may lie below it. As a rising function of the utility's rank, the soft
 * choice also never exceeds the hard bound; see `meanBestOfKBound`.
 */
function softBestOfKBound(p: Float64Array): number {
  const entropy = -p.reduce((sum, share) => sum + (share > 0 ? share * Math.log(share) : 0), 0);
  return Math.max(0, Math.log(p.length) - entropy);
}

/**
 * Bound on the mean KL over prompts: the mean of the choices' bounds, or that of hard choices where it is smaller, as it is
 * for γ near 0. A soft choice's density ratio to the base rises with u, and so does the hard one's, which puts the most
 * there is above every utility: it majorises the soft one, and its KL is the larger.
 *
 * @param choices at least one, each among `k` candidates
 */
export function meanBestOfKBound(choices: readonly { klBound: number; k: number }[]): number {
  let [own, hard] = [0, 0];
  for (const { klBound, k } of choices) {
    own += klBound;
    hard += bestOfKBound(k);
  }
  return Math.min(own, hard) / choices.length;
}

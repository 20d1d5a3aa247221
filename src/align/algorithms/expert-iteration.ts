import { mul, neg, sum } from "../../engine/index.ts";
import { type Algorithm, logRatio, partsOf } from "../algorithm.ts";
import { bestOfK, softProbabilities } from "../best-of-k.ts";

export type ExpertIterationOptions = {
  /** `soft`: all responses, by their weight under π*. `hard`: the best of n alone. Default `soft`. */
  choice?: "soft" | "hard";
  /** Updates from one batch of rollouts. Default 1. */
  epochs?: number;
};

/**
 * Expert iteration, or rejection-sampling fine-tuning: of the n responses to a prompt the better ones are learned by
 * cross-entropy, the loss is −(1/prompts) Σ w_i log π(y_i).
 *
 * `hard` (best-of-n distilled): w is 1 for the best by u, shared between equals. One round from π teaches the law of the best
 * of n, in which u's rank in (0, 1] has density n r^(n−1) (Beirami et al. 2024). Rounds multiply: after t of them it is the
 * best of n^t, and the limit is the best response alone. γ has no say.
 *
 * `soft`: w_i ∝ (π_ref/π)(y_i) exp(u_i/γ), the self-normalised importance weights of π* ∝ π_ref exp(u/γ) for samples of π.
 * At π = π* they are all 1/n, whatever n, and E_π[∇ log π] = 0: π* is the fixed point.
 */
export function expertIteration({ choice = "soft", epochs = 1 }: ExpertIterationOptions = {}): Algorithm {
  let effective = 1;
  return {
    name: "expert",
    loss(g, pass, { tokens }) {
      const weights = g.input("weights", "float32", [tokens]);
      return { loss: neg(sum(mul(weights, pass.logProbs))) };
    },
    async updates({ prompts, rollouts, u, n }, { config, klWeight }) {
      const weights =
        choice === "hard" ? bestWeights(u, n) : optimumWeights(u, rollouts.map(logRatio), n, klWeight);
      effective = effectiveShare(weights, n);
      // the others have nothing to say
      const members = rollouts.map((_, i) => i).filter((i) => weights[i]! > 0);
      const parts = partsOf(members, rollouts, config, (i) => ({
        weights: rollouts[i]!.tokens.map(() => weights[i]! / prompts.length),
      }));
      return Array.from({ length: epochs }, () => parts);
    },
    metrics: () => ({ effectiveShare: effective }),
  };
}

/** 1 for the best of each group of n, shared between equals; 0 for the others. */
export function bestWeights(u: Float64Array, n: number): Float64Array {
  return inGroups(u.length, n, (from, to) => {
    const group = u.subarray(from, to);
    const { index, ties } = bestOfK(group);
    return group.map((value) => (value === group[index] ? 1 / ties : 0));
  });
}

/**
 * Weights ∝ exp(u/γ − ℓ) within each group of n, ℓ = log π/π_ref of the response; they sum to 1.
 * @throws RangeError unless γ > 0
 */
export function optimumWeights(
  u: Float64Array,
  logRatios: readonly number[],
  n: number,
  gamma: number,
): Float64Array {
  const tilted = u.map((value, i) => value - gamma * logRatios[i]!);
  return inGroups(u.length, n, (from, to) => softProbabilities(tilted.subarray(from, to), gamma));
}

function inGroups(
  length: number,
  n: number,
  weigh: (from: number, to: number) => Float64Array,
): Float64Array {
  const weights = new Float64Array(length);
  for (let from = 0; from < length; from += n) weights.set(weigh(from, from + n), from);
  return weights;
}

/** Kish's effective sample size 1/Σw² of a group over n, mean over groups: 1 where all weigh the same. */
function effectiveShare(weights: Float64Array, n: number): number {
  let total = 0;
  for (let from = 0; from < weights.length; from += n) {
    const squares = weights.subarray(from, from + n).reduce((a, w) => a + w * w, 0);
    total += 1 / (n * squares);
  }
  return (total * n) / weights.length;
}

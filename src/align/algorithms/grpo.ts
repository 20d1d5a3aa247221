import { add, clip, exp, mul, neg, square, sub, sum, type Tensor } from "../../engine/index.ts";
import { type Algorithm, logRatio } from "../algorithm.ts";
import { checkClipping, clippedSurrogate, epochUpdates, surrogateInputs } from "./clipped-surrogate.ts";
import { DEVIATION_FLOOR, moments } from "./gae.ts";

export type GrpoOptions = {
  /** Passes over each batch of rollouts. */
  epochs?: number;
  /** Updates of each pass. Default 1. */
  minibatches?: number;
  /** ε of the clipped ratio. Default 0.2. */
  clip?: number;
  /**
   * `group` divides advantages by the standard deviation of their group, as Shao et al. do; `none` (default) does not. To divide
   * gives prompts on which all responses do alike the weight of those that tell good from bad (Liu et al. 2025, "Dr. GRPO",
   * section 3.1), and so moves what is given up for what between prompts; with the KL in the reward, whose spread vanishes
   * at the optimum, it also blows up noise there.
   */
  scale?: "none" | "group";
  /**
   * Where KL(π ‖ π_ref) enters. `reward` (default): R = u − γ Σ_t log(π/π_ref), whose optimum is π* ∝ π_ref exp(u/γ). The others
   * add γ Σ_t k_t to the loss, with ℓ = log(π/π_ref) of each token:
   * - `k3-loss`, k = e^{−ℓ} − 1 + ℓ, as Shao et al. do. Its value estimates KL(π ‖ π_ref), but its gradient on samples of π is
   *   that of KL(π_ref ‖ π): it has another optimum, on a bandit γ π_ref/(λ − u).
   * - `k2-loss`, k = ℓ²/2, whose gradient is that of KL(π ‖ π_ref) for the token itself: on a bandit π* is its optimum.
   *   For longer responses both leave out that a token changes the KL of those after it.
   */
  kl?: "reward" | "k2-loss" | "k3-loss";
};

/** Log-ratios are held within this, so that one token cannot drown all others in the exponential of k3. */
const MOST_LOG_RATIO = 10;

/**
 * GRPO (Shao et al. 2024): the advantage of a response is its return less the mean of its group, all responses to one prompt,
 * and the loss PPO's clipped one, over several passes. Left out of theirs: the division of each response's loss by its
 * length, which favours long ones among the bad (Liu et al. 2025, section 3.1); every token weighs the same.
 *
 * The mean counts the response itself: the advantage is (n−1)/n of RLOO's, which changes no direction.
 */
export function grpo(options: GrpoOptions = {}): Algorithm {
  const { epochs = 2, minibatches = 1, clip: epsilon = 0.2, scale = "none", kl = "reward" } = options;
  checkClipping({ epochs, minibatches, clip: epsilon });
  return {
    name: "grpo",
    loss(g, pass, shape) {
      const inputs = surrogateInputs(g, shape);
      const { loss, ...metrics } = clippedSurrogate(pass.logProbs, inputs, epsilon);
      if (kl === "reward") return { loss, metrics };
      const reference = g.input("referenceLogProbs", "float32", [shape.tokens]);
      const weights = mul(inputs.weights, g.input("klWeights", "float32", [shape.tokens]));
      return { loss: add(loss, klLoss(pass.logProbs, reference, weights, kl)), metrics };
    },
    async updates({ rollouts, u, n }, { config, klWeight, seed }) {
      const penalty = kl === "reward" ? klWeight : 0;
      const returns = u.map((utility, i) => utility - penalty * logRatio(rollouts[i]!));
      const advantages = groupAdvantages(returns, n, scale);
      return epochUpdates(rollouts, config, { epochs, minibatches, seed }, (i) => {
        const { logProbs, referenceLogProbs } = rollouts[i]!;
        const fill = (value: number) => new Float64Array(logProbs.length).fill(value);
        return {
          oldLogProbs: logProbs,
          advantages: fill(advantages[i]!),
          ...(kl !== "reward" && { referenceLogProbs, klWeights: fill(klWeight) }),
        };
      });
    },
  };
}

/** R_i − mean of its group of n, where asked over the group's standard deviation (that of the population). */
export function groupAdvantages(returns: Float64Array, n: number, scale: "none" | "group"): Float64Array {
  if (n < 2) throw new RangeError(`GRPO needs at least 2 responses a prompt, got ${n}`);
  const advantages = new Float64Array(returns.length);
  for (let start = 0; start < returns.length; start += n) {
    const group = returns.subarray(start, start + n);
    const { mean, deviation } = moments([group]);
    const factor = scale === "group" ? 1 / (deviation + DEVIATION_FLOOR) : 1;
    for (const [j, value] of group.entries()) advantages[start + j] = (value - mean) * factor;
  }
  return advantages;
}

/** Σ w k, with k of `GrpoOptions.kl`; all [tokens]. */
export function klLoss(
  logProbs: Tensor,
  referenceLogProbs: Tensor,
  weights: Tensor,
  kind: "k2-loss" | "k3-loss",
): Tensor {
  const ratio = clip(sub(logProbs, referenceLogProbs), -MOST_LOG_RATIO, MOST_LOG_RATIO);
  const k = kind === "k2-loss" ? mul(square(ratio), 0.5) : add(sub(exp(neg(ratio)), 1), ratio);
  return sum(mul(weights, k));
}

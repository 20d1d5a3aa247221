import { mul, neg, sum } from "../../engine/index.ts";
import { type Algorithm, logRatio, partsOf } from "../algorithm.ts";

/**
 * RLOO (Ahmadian et al. 2024): REINFORCE with the mean of the other responses to the same prompt as baseline. The reward of
 * a whole response is R = u − γ Σ_t log(π/π_ref), its advantage R_i − mean_{j≠i} R_j, and the loss −(1/N) Σ_i A_i log π(y_i).
 * Its gradient is an unbiased estimate of that of −(E[u] − γ KL(π ‖ π_ref)), whose optimum is π* ∝ π_ref exp(u/γ).
 */
export function rloo(): Algorithm {
  return {
    name: "rloo",
    loss(g, pass, { tokens }) {
      const advantages = g.input("advantages", "float32", [tokens]);
      return { loss: neg(sum(mul(advantages, pass.logProbs))) };
    },
    async updates({ rollouts, u, n }, { config, klWeight }) {
      const returns = u.map((utility, i) => utility - klWeight * logRatio(rollouts[i]!));
      const advantages = leaveOneOut(returns, n);
      const members = rollouts.map((_, i) => i);
      return [
        partsOf(members, rollouts, config, (i) => ({
          advantages: rollouts[i]!.tokens.map(() => advantages[i]! / rollouts.length),
        })),
      ];
    },
  };
}

/**
 * R_i − mean of the other returns in its group of n.
 * @throws RangeError where n < 2: there is no other
 */
export function leaveOneOut(returns: Float64Array, n: number): Float64Array {
  if (n < 2) throw new RangeError(`RLOO needs at least 2 responses a prompt, got ${n}`);
  return returns.map((value, i) => {
    const start = i - (i % n);
    let sum = 0;
    for (let j = start; j < start + n; j++) sum += returns[j]!;
    return value - (sum - value) / (n - 1);
  });
}

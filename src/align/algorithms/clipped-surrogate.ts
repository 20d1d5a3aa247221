/**
 * The clipped objective that PPO and GRPO share, and how a batch of rollouts becomes several updates.
 * @module
 */
import {
  abs,
  cast,
  clip,
  exp,
  type Graph,
  greater,
  minimum,
  mul,
  neg,
  sub,
  sum,
  type Tensor,
} from "../../engine/index.ts";
import type { TransformerConfig } from "../../models/index.ts";
import { createRandom } from "../../stats/random.ts";
import { type AlgorithmPart, partsOf } from "../algorithm.ts";
import type { Rollout } from "../rollout.ts";
import type { TokenShape } from "../token-layout.ts";

/** Ratios are held within e^±20: further out a float32 would overflow, and the clip has long cut in on one side. */
const MOST_LOG_RATIO = 20;

/** Per-token inputs, [tokens] each, zero at padding. */
export type SurrogateInputs = {
  /** log π of the policy that sampled. */
  readonly oldLogProbs: Tensor;
  readonly advantages: Tensor;
  /** ≥ 0; they sum to about 1 over an update. */
  readonly weights: Tensor;
};

export const surrogateInputs = (g: Graph, { tokens }: TokenShape): SurrogateInputs => ({
  oldLogProbs: g.input("oldLogProbs", "float32", [tokens]),
  advantages: g.input("advantages", "float32", [tokens]),
  weights: g.input("weights", "float32", [tokens]),
});

/**
 * −Σ_t w_t min(ρ_t A_t, clip(ρ_t, 1 − ε, 1 + ε) A_t) with ρ = π/π_old (Schulman et al. 2017, equation 7). At ρ = 1 its
 * gradient is that of −Σ w A log π; it is zero where ρ has gone further than ε in the direction of A.
 * @param logProbs log π, [tokens]
 * @returns shaped []; beside the loss the share of tokens outside 1 ± ε, and Σ w (ρ − 1 − log ρ), an unbiased estimate of
 *   KL(π_old ‖ π) a token that is never negative
 */
export function clippedSurrogate(
  logProbs: Tensor,
  { oldLogProbs, advantages, weights }: SurrogateInputs,
  epsilon: number,
): { loss: Tensor; clipFraction: Tensor; updateKl: Tensor } {
  const logRatio = clip(sub(logProbs, oldLogProbs), -MOST_LOG_RATIO, MOST_LOG_RATIO);
  const ratio = exp(logRatio);
  const held = clip(ratio, 1 - epsilon, 1 + epsilon);
  const weighted = (x: Tensor) => sum(mul(weights, x));
  return {
    loss: neg(weighted(minimum(mul(ratio, advantages), mul(held, advantages)))),
    clipFraction: weighted(cast(greater(abs(sub(ratio, 1)), epsilon), weights.dtype)),
    updateKl: weighted(sub(sub(ratio, 1), logRatio)),
  };
}

export type EpochOptions = {
  /** Passes over a batch of rollouts. */
  epochs: number;
  /** Updates that each pass is cut into; at most as many as there are rollouts. */
  minibatches: number;
};

/**
 * Several passes over one batch, each in minibatches of whole rollouts in an order of its own. Every token of the batch has
 * the same weight, so that no response counts for more by being short or long: minibatches/tokens of the batch.
 * @param perToken numbers of rollout i by input name, one a token, beside `weights`
 */
export function epochUpdates(
  rollouts: readonly Rollout[],
  config: TransformerConfig,
  { epochs, minibatches, seed }: EpochOptions & { seed: number },
  perToken: (rollout: number) => Readonly<Record<string, ArrayLike<number>>>,
): AlgorithmPart[][] {
  const random = createRandom(seed);
  const members = rollouts.map((_, i) => i);
  const tokens = rollouts.reduce((sum, rollout) => sum + rollout.tokens.length, 0);
  const cuts = Math.min(minibatches, rollouts.length);
  const updates: AlgorithmPart[][] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = random.shuffle(members);
    for (let cut = 0; cut < cuts; cut++) {
      const from = Math.floor((cut * order.length) / cuts);
      const to = Math.floor(((cut + 1) * order.length) / cuts);
      updates.push(
        partsOf(order.slice(from, to), rollouts, config, (i) => ({
          weights: new Float64Array(rollouts[i]!.tokens.length).fill(cuts / tokens),
          ...perToken(i),
        })),
      );
    }
  }
  return updates;
}

/** @throws RangeError where an option is out of its range */
export function checkClipping({ epochs, minibatches, clip }: EpochOptions & { clip: number }): void {
  for (const [name, value] of Object.entries({ epochs, minibatches })) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`${name} is a whole number ≥ 1, got ${value}`);
  }
  if (!(clip > 0 && clip < 1)) throw new RangeError(`clip is a number in (0, 1), got ${clip}`);
}

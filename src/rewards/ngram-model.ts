import { recentFeatures } from "./feature-cache.ts";
import { DIMENSION } from "./features.ts";
import type { RewardModel } from "./reward-model.ts";
import { dot } from "./sparse.ts";
import { turn } from "./turn.ts";

/** An n-gram model: r(x, y) = θ·φ(x, y). */
export type NgramModel = RewardModel & {
  /** θ, one a feature of the map in features.ts. */
  weights: Float32Array;
};

/** How many items are scored before other work gets its turn. */
const TURN = 256;

/** @param weights θ, finite, of length DIMENSION */
export function ngramModel(name: string, value: string, weights: Float32Array): NgramModel {
  if (weights.length !== DIMENSION)
    throw new RangeError(`an n-gram model has ${DIMENSION} weights, got ${weights.length}`);
  return {
    name,
    value,
    weights,
    async score(items, { signal } = {}) {
      const rewards = new Float64Array(items.length);
      for (let i = 0; i < items.length; i++) {
        if (i % TURN === 0) {
          if (i > 0) await turn();
          signal?.throwIfAborted();
        }
        rewards[i] = dot(recentFeatures(items[i]!), weights);
      }
      return rewards;
    },
  };
}

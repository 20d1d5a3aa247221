import type { NgramModel } from "../ngram-model.ts";
import type { RewardModel } from "../reward-model.ts";
import type { Trunk } from "./trunk.ts";

/** r(x, y) = head · trunk(x, y), plus the reward of an n-gram model where it is blended with one. */
export type TransformerModel = RewardModel & {
  readonly trunk: Trunk;
  /** One number a feature of the trunk. */
  readonly head: Float32Array;
  readonly base?: NgramModel;
};

export function transformerModel(
  name: string,
  value: string,
  parts: Pick<TransformerModel, "trunk" | "head" | "base">,
): TransformerModel {
  const { trunk, head, base } = parts;
  return {
    name,
    value,
    ...parts,
    async score(items, options = {}) {
      const vectors = await trunk.vectors(items, options);
      const start = await base?.score(items, options);
      return Float64Array.from(vectors, (vector, i) => (start?.[i] ?? 0) + dot(vector, head));
    },
  };
}

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

import { createHash } from "node:crypto";
import type { RewardItem, RewardModel } from "../rewards/index.ts";
import type { Random } from "../stats/random.ts";

/** A number between −4 and 4 that is the item's own: nobody else's answer looks like it. */
export function rewardOf({ prompt, response }: RewardItem): number {
  const hash = createHash("sha256")
    .update(JSON.stringify([prompt, response]))
    .digest();
  return (8 * hash.readUIntBE(0, 6)) / 2 ** 48 - 4;
}

/** A reward model whose rewards name their items. It fails on a batch that holds the response "poison". */
export function echoModel({
  value = "helpful",
  random,
}: {
  value?: string;
  random?: Random;
} = {}): RewardModel {
  return {
    name: `echo of ${value}`,
    value,
    async score(items, { signal } = {}) {
      const turns = random === undefined ? 0 : Math.floor(4 * random.uniform());
      for (let i = 0; i < turns; i++) {
        await new Promise((done) => setImmediate(done));
        signal?.throwIfAborted();
      }
      if (items.some(({ response }) => response === "poison")) throw new Error("poisoned");
      return Float64Array.from(items, rewardOf);
    },
  };
}

import type { Message } from "../preferences/types.ts";

/** What a reward model scores. */
export type RewardItem = { prompt: readonly Message[]; response: string };

/** r(x, y) for one value. Only differences at one prompt are identified (Bradley–Terry), so a reference goes with it. */
export type RewardModel = {
  /** For people: a path or an address. */
  name: string;
  /** The human value it measures. */
  value: string;
  /** Finite raw rewards, one an item, in the order of the items. */
  score(items: readonly RewardItem[], options?: { signal?: AbortSignal }): Promise<Float64Array>;
};

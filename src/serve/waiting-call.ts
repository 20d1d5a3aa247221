import type { RewardItem } from "../rewards/index.ts";
import { type Aborting, LazyAbort } from "./lazy-abort.ts";

type Settle = { resolve(rewards: Float64Array): void; reject(reason: unknown): void };

/** One caller of {@link batched}: some of its items wait, some are with the model, some are answered. */
export class Call<Batch> extends LazyAbort {
  readonly items: readonly RewardItem[];
  readonly rewards: Float64Array;
  /** Items that have left the queue, and items that are answered. */
  taken = 0;
  answered = 0;
  settled = false;
  /** Those under way that hold items of it. */
  readonly batches: Batch[] = [];
  readonly #promise: Settle;

  /** @param caller it is aborted with */
  constructor(items: readonly RewardItem[], caller: Aborting, promise: Settle) {
    super(caller);
    this.items = items;
    this.rewards = new Float64Array(items.length);
    this.#promise = promise;
  }

  resolve(): void {
    this.#end();
    this.#promise.resolve(this.rewards);
  }

  reject(reason: unknown): void {
    this.#end();
    this.#promise.reject(reason);
  }

  #end(): void {
    this.settled = true;
    this.release();
  }
}

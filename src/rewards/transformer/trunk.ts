/**
 * The part that several reward models may share: a transformer that makes one vector of a prompt and its response.
 * @module
 */
import { compile, graph, SessionCache, type SessionOptions, State } from "../../engine/index.ts";
import { bucketLength, type ModelFiles, type Tokenizer, weightValues } from "../../models/index.ts";
import type { RewardItem } from "../reward-model.ts";
import { turn } from "../turn.ts";
import { type PassShape, pooledFeeds, pooledLength, pooledPass } from "./pooled-pass.ts";
import { encodeItem, type Sequence } from "./sequence.ts";

export type Trunk = {
  readonly model: ModelFiles;
  readonly tokenizer: Tokenizer;
  /** Longest sequence in tokens; longer items are cut. */
  readonly length: number;
  /** One vector an item, of `pooledLength` features. */
  vectors(items: readonly RewardItem[], options?: { signal?: AbortSignal }): Promise<Float32Array[]>;
};

/**
 * Rows of a pass, some of them empty where too few items are left: kernels differ by shape in the last bit, so that one shape
 * for each length keeps a reward independent of what it is scored with.
 */
const ROWS = 4;
/** Vectors remembered, for models that share the trunk and score the same items one after the other. */
const REMEMBERED = 4096;

export function createTrunk(
  model: ModelFiles,
  tokenizer: Tokenizer,
  { length, session }: { length: number; session?: SessionOptions },
): Trunk {
  const state = new State(weightValues(model.config, model.weights));
  const sessions = new SessionCache(session);
  const known = new Memory(REMEMBERED);
  // the sessions take one run at a time
  let last: Promise<unknown> = Promise.resolve();

  const compute = async (sequences: readonly Sequence[], shape: PassShape): Promise<Float32Array[]> => {
    const run = await sessions.get(`${shape.rows}×${shape.length}`, () =>
      compile({ pooled: pooledPass(graph(), model.config, shape).pooled }),
    );
    const { pooled } = await run.run(pooledFeeds(sequences, shape), { state });
    const size = pooledLength(model.config);
    return sequences.map((_, row) => (pooled!.data as Float32Array).slice(row * size, (row + 1) * size));
  };

  const all = async (items: readonly RewardItem[], signal?: AbortSignal): Promise<Float32Array[]> => {
    const found: (Float32Array | undefined)[] = items.map((item) => known.get(item));
    for (const { bucket, places } of byBucket(items, found, tokenizer, length)) {
      for (let from = 0; from < places.length; from += ROWS) {
        const part = places.slice(from, from + ROWS);
        const vectors = await compute(
          part.map(({ sequence }) => sequence),
          { rows: ROWS, length: bucket },
        );
        part.forEach(({ at }, k) => {
          found[at] = vectors[k]!;
          known.set(items[at]!, vectors[k]!);
        });
        await turn();
        signal?.throwIfAborted();
      }
    }
    return found as Float32Array[];
  };
  return {
    model,
    tokenizer,
    length,
    vectors(items, { signal } = {}) {
      const run = last.then(() => all(items, signal));
      last = run.catch(() => {});
      return run;
    },
  };
}

type Place = { at: number; sequence: Sequence };

/** Items without a vector, by their own length bucket: what a response gets does not depend on its company. */
function byBucket(
  items: readonly RewardItem[],
  found: readonly (Float32Array | undefined)[],
  tokenizer: Tokenizer,
  length: number,
): { bucket: number; places: Place[] }[] {
  const groups = new Map<number, Place[]>();
  items.forEach((item, at) => {
    if (found[at] !== undefined) return;
    const sequence = encodeItem(tokenizer, item, length);
    const bucket = bucketLength(sequence.tokens.length, length);
    const group = groups.get(bucket) ?? [];
    group.push({ at, sequence });
    groups.set(bucket, group);
  });
  return [...groups].map(([bucket, places]) => ({ bucket, places }));
}

/** The vectors of the items seen last; prompts are recognised by identity. */
class Memory {
  #young = new WeakMap<RewardItem["prompt"], Map<string, Float32Array>>();
  #old = this.#young;
  #size = 0;

  constructor(readonly capacity: number) {}

  get({ prompt, response }: RewardItem): Float32Array | undefined {
    return this.#young.get(prompt)?.get(response) ?? this.#old.get(prompt)?.get(response);
  }

  set({ prompt, response }: RewardItem, vector: Float32Array): void {
    if (this.#size >= this.capacity) {
      this.#old = this.#young;
      this.#young = new WeakMap();
      this.#size = 0;
    }
    const ofPrompt = this.#young.get(prompt) ?? new Map<string, Float32Array>();
    ofPrompt.set(response, vector);
    this.#young.set(prompt, ofPrompt);
    this.#size += 1;
  }
}

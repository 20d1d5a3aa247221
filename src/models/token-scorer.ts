import {
  compile,
  graph,
  int64,
  logProb,
  reshape,
  SessionCache,
  type SessionOptions,
  type State,
} from "../engine/index.ts";
import { InputError } from "../io/errors.ts";
import type { PassOptions } from "./cached-pass.ts";
import type { TransformerConfig } from "./config.ts";
import { powerOfTwo } from "./power-of-two.ts";
import { bucketLength } from "./training/buckets.ts";
import { forward } from "./transformer.ts";

/** A pass reads at most about this many tokens at once, so that its memory stays bounded. */
const TOKENS_AT_ONCE = 4096;
const LARGEST_BATCH = 64;

/** Log-probs of given tokens, by full passes over whole sequences. */
export class TokenScorer {
  readonly config: TransformerConfig;
  readonly #parameters: State;
  readonly #options: PassOptions;
  readonly #sessions: SessionCache;
  #last: Promise<unknown> = Promise.resolve();

  /** @param parameters the weights, read at each run: training may go on in the same state between two calls */
  constructor(config: TransformerConfig, parameters: State, options: SessionOptions & PassOptions = {}) {
    const { project, ...session } = options;
    this.config = config;
    this.#parameters = parameters;
    this.#options = { ...(project && { project }) };
    this.#sessions = new SessionCache(session);
  }

  /**
   * log p(token | all tokens before it) for every token of each sequence but its first. Calls wait for each other.
   * @param sequences token ids, each from one token to the model's context
   * @throws InputError where a sequence is empty or longer than the context
   */
  logProbs(
    sequences: readonly (readonly number[])[],
    { signal, onProgress }: { signal?: AbortSignal; onProgress?: (sequences: number) => void } = {},
  ): Promise<Float32Array[]> {
    const run = this.#last.then(async () => {
      for (const ids of sequences) checkLength(ids, this.config);
      const results: Float32Array[] = [];
      let done = 0;
      for (const { length, members } of bucketed(sequences, this.config.context)) {
        signal?.throwIfAborted();
        const found = await this.#pass(
          members.map((i) => sequences[i]!),
          length,
        );
        for (const [row, i] of members.entries()) results[i] = found[row]!;
        done += members.length;
        onProgress?.(done);
      }
      return results;
    });
    this.#last = run.catch(() => undefined);
    return run;
  }

  /** Frees the sessions, after the calls that are under way. */
  async dispose(): Promise<void> {
    await this.#last;
    await this.#sessions.dispose();
  }

  async #pass(sequences: readonly (readonly number[])[], length: number): Promise<Float32Array[]> {
    const batch = powerOfTwo(sequences.length);
    const session = await this.#sessions.get(`${batch} ${length}`, () => {
      const g = graph();
      const pass = forward(g, this.config, { batch, length, ...this.#options });
      const targets = g.input("targets", "int64", [batch * length]);
      return compile({ scores: reshape(logProb(pass.logits(), targets), [batch, length]) });
    });
    const ids = new BigInt64Array(batch * length);
    const targets = new BigInt64Array(batch * length);
    for (const [row, sequence] of sequences.entries()) {
      for (const [t, id] of sequence.entries()) {
        ids[row * length + t] = BigInt(id);
        if (t > 0) targets[row * length + t - 1] = BigInt(id);
      }
    }
    const feeds = { ids: int64(ids, [batch, length]), targets: int64(targets) };
    const { scores } = await session.run(feeds, { state: this.#parameters });
    const data = scores!.data as Float32Array;
    return sequences.map((sequence, row) => data.slice(row * length, row * length + sequence.length - 1));
  }
}

/** Sequences of like length together, as many as fit into one pass. */
function* bucketed(
  sequences: readonly (readonly number[])[],
  context: number,
): Generator<{ length: number; members: number[] }> {
  const buckets = new Map<number, number[]>();
  for (const [i, ids] of sequences.entries()) {
    const length = bucketLength(ids.length, context);
    const members = buckets.get(length) ?? [];
    buckets.set(length, members);
    members.push(i);
  }
  for (const [length, members] of buckets) {
    const batch = Math.min(LARGEST_BATCH, Math.max(1, Math.floor(TOKENS_AT_ONCE / length)));
    for (let at = 0; at < members.length; at += batch)
      yield { length, members: members.slice(at, at + batch) };
  }
}

function checkLength(ids: readonly number[], { context }: TransformerConfig): void {
  if (ids.length >= 1 && ids.length <= context) return;
  throw new InputError({
    problem: ids.length === 0 ? "a text has no tokens" : "a text is longer than the model's context",
    found: `${ids.length} tokens`,
    expected: `from 1 to ${context}`,
  });
}

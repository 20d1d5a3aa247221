/**
 * Requests wait here for the model, which samples one batch at a time.
 * @module
 */
import { randomStreams } from "../../models/index.ts";
import type { LocalPolicy } from "../../policies/index.ts";
import type { Random } from "../../stats/random.ts";
import { type Delta, GrowingChoice } from "./growing-choice.ts";
import { ChatError } from "./openai-error.ts";
import type { SamplingJob } from "./sampling-job.ts";

export type QueueOptions = {
  /** Samples that grow side by side at most. */
  maxBatch: number;
  /** Requests that wait at most; one more is refused as `busy`. */
  maxQueue: number;
  /** Where requests without a seed get theirs from. */
  random: Random;
};

type Waiting = {
  readonly job: SamplingJob;
  readonly choices: readonly GrowingChoice[];
  readonly signal: AbortSignal;
  readonly onDelta: (delta: Delta) => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/**
 * First come, first served. Requests that wait and draw their tokens in the same way are sampled side by side, up to a batch; one
 * with a seed is sampled alone, since products of matrices of other sizes round differently and its bytes must not depend on
 * its neighbours. A batch is not joined once it has begun. The sampler's steps lie between turns of the event loop, so that each token
 * can be sent on its way before the next.
 */
export class SamplingQueue {
  readonly #policy: LocalPolicy;
  readonly #options: QueueOptions;
  #waiting: Waiting[] = [];
  #running = false;
  /** Of the last batch, in seconds. */
  #lastBatch = 1;

  constructor(policy: LocalPolicy, options: QueueOptions) {
    this.#policy = policy;
    this.#options = options;
  }

  /**
   * @param onDelta told of each piece of text, and of each choice's end
   * @param signal gives the request up: it leaves the queue, or its samples end at their next token
   * @returns tokens drawn over all choices, once all have ended
   * @throws ChatError `busy`, at once, where the queue is full
   */
  run(job: SamplingJob, onDelta: (delta: Delta) => void, signal: AbortSignal): Promise<number> {
    const { maxQueue, maxBatch } = this.#options;
    if (this.#running && this.#waiting.length >= maxQueue) {
      const batches = Math.ceil((this.#waiting.length * job.n) / maxBatch);
      throw new ChatError(
        "busy",
        `${this.#waiting.length} requests are waiting already, which is as many as may: come again later`,
        { retryAfter: Math.min(60, Math.max(1, batches * this.#lastBatch)) },
      );
    }
    const choices = Array.from(
      { length: job.n },
      (_, index) => new GrowingChoice(this.#policy, job.ids, index, job),
    );
    const done = new Promise<void>((resolve, reject) => {
      const waiting = { job, choices, signal, onDelta, resolve, reject };
      const leave = () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        reject(signal.reason);
      };
      if (signal.aborted) return leave();
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(waiting);
      void this.#serve();
    });
    return done.then(() => choices.reduce((sum, { tokens }) => sum + tokens, 0));
  }

  async #serve(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#take();
        const started = performance.now();
        try {
          await this.#sample(batch);
        } catch (error) {
          for (const { reject } of batch) reject(error);
        }
        this.#lastBatch = (performance.now() - started) / 1000;
      }
    } finally {
      this.#running = false;
    }
  }

  /** The one that waits longest, and those that can go with it. */
  #take(): Waiting[] {
    const [first] = this.#waiting;
    const batch = [first!];
    let room = this.#options.maxBatch - first!.job.n;
    for (const other of first!.job.seed === undefined ? this.#waiting.slice(1) : []) {
      if (other.job.n > room || !goTogether(first!.job, other.job)) continue;
      batch.push(other);
      room -= other.job.n;
    }
    this.#waiting = this.#waiting.filter((waiting) => !batch.includes(waiting));
    return batch;
  }

  async #sample(batch: readonly Waiting[]): Promise<void> {
    const { n, drawing } = batch[0]!.job;
    const streams = batch.map(({ job: { seed = this.#options.random.below(2 ** 31) } }) =>
      randomStreams(seed),
    );
    await this.#policy.sampleTokens(
      batch.map(({ job }) => job.ids),
      {
        ...drawing,
        n,
        maxNewTokens: Math.max(...batch.map(({ job }) => job.maxNewTokens)),
        seed: 0,
        random: (place, sample) => streams[place]!(0, sample),
        stopWhen: (tokens, place, { sample, logProbs }) =>
          advance(batch[place]!, sample, tokens.at(-1)!, logProbs),
      },
    );
  }
}

/** @returns whether the sample ends here */
function advance(waiting: Waiting, sample: number, token: number, logProbs: Float32Array): boolean {
  if (waiting.signal.aborted) return true;
  const choice = waiting.choices[sample]!;
  const delta = choice.add(token, logProbs);
  if (delta) waiting.onDelta(delta);
  // a short answer does not wait for the longer ones beside it
  if (waiting.choices.every(({ finish }) => finish !== undefined)) waiting.resolve();
  return choice.finish !== undefined;
}

function goTogether(one: SamplingJob, other: SamplingJob): boolean {
  if (other.seed !== undefined || one.n !== other.n) return false;
  const { temperature, topK, topP, minP } = one.drawing;
  const also = other.drawing;
  return temperature === also.temperature && topK === also.topK && topP === also.topP && minP === also.minP;
}

import { setTimeout } from "node:timers/promises";
import { InputError } from "../io/errors.ts";
import type { RewardItem, RewardModel } from "../rewards/index.ts";

/** Raw rewards of responses, one column a value. */
export type Rewarder = {
  readonly values: readonly string[];
  score(items: readonly RewardItem[], options?: { signal?: AbortSignal }): Promise<Float64Array[]>;
};

export type RetryOptions = {
  /** How often a model that fails or does not answer is asked again. Default 3. */
  retries?: number;
  /** Wait before the first retry, doubled before each further one. Default 500. */
  waitMs?: number;
  /** How long an answer may take before it counts as a failure. Default 600,000, ten minutes. */
  timeoutMs?: number;
};

/**
 * The rewards of one model a value. A model that fails is asked again after a wait; one that goes on failing, or that
 * answers with something else than finite numbers, stops the work: a reward made up would teach the wrong thing.
 *
 * @param models by value, in the order of the columns
 */
export function createRewarder(
  models: ReadonlyMap<string, RewardModel>,
  { retries = 3, waitMs = 500, timeoutMs = 600_000 }: RetryOptions = {},
): Rewarder {
  return {
    values: [...models.keys()],
    async score(items, { signal } = {}) {
      const failed = new AbortController();
      const within = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
      try {
        return await Promise.all(
          [...models].map(async ([value, model]) => {
            const rewards = await patiently(async (inTime) => model.score(items, { signal: inTime }), {
              retries,
              waitMs,
              timeoutMs,
              signal: within,
              what: `the reward model of "${value}" (${model.name})`,
            });
            checkRewards(rewards, items.length, value, model.name);
            return rewards;
          }),
        );
      } finally {
        // where one has failed, nothing waits for the others
        failed.abort();
      }
    },
  };
}

async function patiently<T>(
  work: (signal: AbortSignal) => Promise<T>,
  {
    retries,
    waitMs,
    timeoutMs,
    signal,
    what,
  }: Required<RetryOptions> & { signal: AbortSignal; what: string },
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await inTime(work, timeoutMs, signal);
    } catch (error) {
      signal.throwIfAborted();
      // what it was asked is wrong: asking again would not help
      if (error instanceof InputError) throw error;
      if (attempt >= retries) {
        throw new InputError(
          {
            problem: `${what} failed ${attempt + 1} times`,
            found: error instanceof Error ? error.message : String(error),
            fix: "Everything up to the last checkpoint is saved: repair it and go on with --resume",
          },
          { cause: error },
        );
      }
      await setTimeout(waitMs * 2 ** attempt, undefined, { signal });
    }
  }
}

/** The answer, or an error once the time is up or `outer` is aborted, whether or not the work heeds its signal. */
async function inTime<T>(
  work: (signal: AbortSignal) => Promise<T>,
  timeoutMs: number,
  outer: AbortSignal,
): Promise<T> {
  const done = new AbortController();
  const signal = AbortSignal.any([outer, done.signal]);
  // the timer also keeps the process alive while nothing else does
  const late = setTimeout(timeoutMs, undefined, { signal }).then(() => {
    throw new Error(`no answer within ${timeoutMs / 1000} s`);
  });
  try {
    return await Promise.race([work(signal), late]);
  } finally {
    done.abort();
  }
}

function checkRewards(rewards: Float64Array, expected: number, value: string, name: string): void {
  const fix = "Everything up to the last checkpoint is saved: repair the reward and go on with --resume";
  if (rewards.length !== expected) {
    throw new InputError({
      problem: `the reward model of "${value}" (${name}) answered with the wrong number of rewards`,
      found: String(rewards.length),
      expected: String(expected),
      fix,
    });
  }
  const wrong = rewards.find((reward) => !Number.isFinite(reward));
  if (wrong === undefined) return;
  throw new InputError({
    problem: `the reward model of "${value}" (${name}) gave a reward that is not a number`,
    found: String(wrong),
    expected: "a finite number",
    fix,
  });
}

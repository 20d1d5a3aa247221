/**
 * Asking again what may pass by itself.
 * @module
 */
import {
  DelegateBackoff,
  ExponentialBackoff,
  handleWhen,
  type IBackoff,
  type IRetryBackoffContext,
  type RetryPolicy,
  retry,
} from "cockatiel";

export type RetryOptions = {
  /** Further tries after the first. */
  retries: number;
  /** Wait before the first of them, in milliseconds; it doubles before each further one, with jitter. */
  firstWaitMs: number;
  /** Longest wait, unless the server asks for more. */
  maxWaitMs: number;
  /** Whether it may help to ask again. */
  passing: (error: unknown) => boolean;
  /** Seconds that the server asks to be left alone for (`Retry-After`), where it does. */
  retryAfter: (error: unknown) => number | undefined;
};

/** A policy of cockatiel's that tries again; it can be wrapped with others. */
export function retrying({
  retries,
  firstWaitMs,
  maxWaitMs,
  passing,
  retryAfter,
}: RetryOptions): RetryPolicy {
  const exponential = new ExponentialBackoff({ initialDelay: firstWaitMs, maxDelay: maxWaitMs });
  const backoff = new DelegateBackoff<IRetryBackoffContext<unknown>, IBackoff<unknown>>(
    ({ result }, state) => {
      const next = state === undefined ? exponential.next() : state.next(undefined);
      const asked = "error" in result ? (retryAfter(result.error) ?? 0) : 0;
      return { delay: Math.max(next.duration, 1000 * asked), state: next };
    },
  );
  return retry(handleWhen(passing), { maxAttempts: retries, backoff });
}

/** The work's result, or the signal's reason as soon as it is aborted: a wait between two tries does not heed it by itself. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

/** `Retry-After` in seconds: it holds seconds, or a date (RFC 9110, 10.2.3); undefined where it holds neither. */
export function retryAfterSeconds({ headers }: Response): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  const seconds = /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

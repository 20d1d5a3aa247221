import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from "cockatiel";
import { InputError } from "../io/errors.ts";
import { RemoteRewardError, type RewardModel } from "../rewards/index.ts";
import { type Aborting, LazyAbort } from "./lazy-abort.ts";
import { ServeError } from "./serve-error.ts";

export type GuardOptions = {
  /** Failures in a row that open the circuit. Default 5. */
  failures?: number;
  /** How long the model is left alone before one call tries it again. Default 5,000. */
  restMs?: number;
  /** How long the model may take over one call before that counts as a failure. Default 30,000. */
  timeoutMs?: number;
  /** Told of each change. */
  onChange?: (state: Circuit) => void;
};

/** Closed: calls reach the model. Half-open: one call tries whether it works again. Open: none reaches it. */
export type Circuit = "closed" | "half-open" | "open";

/**
 * A circuit breaker: a model that failed several times in a row is given time to recover, and calls are refused at once
 * meanwhile. What a model throws is turned into a ServeError without its message, which may hold what another caller
 * sent; it is the `cause`.
 *
 * @returns the model, with the state of its circuit; `score` throws ServeError `upstream_down` while the circuit is open,
 *   `upstream_failed` where the model failed, and the signal's reason where the caller has left
 */
export function guarded(
  model: RewardModel,
  { failures = 5, restMs = 5_000, timeoutMs = 30_000, onChange }: GuardOptions = {},
): RewardModel & { circuit(): Circuit } {
  const breaker = circuitBreaker(handleWhen(isFailure), {
    breaker: new ConsecutiveBreaker(failures),
    halfOpenAfter: restMs,
  });
  let openedAt = 0;
  breaker.onBreak(() => {
    openedAt = Date.now();
  });
  if (onChange) breaker.onStateChange(() => onChange(circuitOf(breaker.state)));
  return {
    name: model.name,
    value: model.value,
    circuit: () => circuitOf(breaker.state),
    async score(items, caller: Aborting = {}) {
      try {
        return await breaker.execute(() => inTime((within) => model.score(items, within), timeoutMs, caller));
      } catch (error) {
        if (error instanceof ServeError) throw error;
        if (error instanceof BrokenCircuitError) throw down(model, failures, openedAt + restMs - Date.now());
        if (error instanceof CallerLeft) throw error.reason;
        if (error === late) throw tooLate(model, timeoutMs);
        throw failed(model, error);
      }
    },
  };
}

/** What the breaker sees of a caller that has left. */
class CallerLeft {
  readonly reason: unknown;
  constructor(reason: unknown) {
    this.reason = reason;
  }
}

const late = new DOMException("the model did not answer in time", "TimeoutError");

/** The answer, or `late`, or that the caller left: whether or not the model heeds its signal. (cockatiel's timeout costs four times this.) */
async function inTime<T>(
  work: (within: LazyAbort) => Promise<T>,
  timeoutMs: number,
  caller: Aborting,
): Promise<T> {
  const within = new LazyAbort(caller);
  const timer = setTimeout(() => within.abort(late), timeoutMs);
  try {
    return await within.until(work(within));
  } catch (error) {
    throw within.aborted && within.reason !== late ? new CallerLeft(within.reason) : error;
  } finally {
    clearTimeout(timer);
    within.release();
  }
}

/** A caller that left, and an input that the model refuses, say nothing of the model's health. */
function isFailure(error: unknown): boolean {
  if (error instanceof RemoteRewardError) return error.transient;
  return !(error instanceof InputError || error instanceof CallerLeft);
}

function circuitOf(state: CircuitState): Circuit {
  if (state === CircuitState.Closed) return "closed";
  return state === CircuitState.HalfOpen ? "half-open" : "open";
}

const down = ({ value }: RewardModel, failures: number, waitMs: number): ServeError =>
  new ServeError(
    "upstream_down",
    `the reward model of "${value}" failed ${failures} times in a row and is left alone for a while: come again later`,
    { retryAfter: Math.max(1, Math.ceil(waitMs / 1000)) },
  );

const tooLate = ({ value }: RewardModel, timeoutMs: number): ServeError =>
  new ServeError(
    "upstream_failed",
    `the reward model of "${value}" did not answer within ${timeoutMs / 1000} s`,
  );

function failed({ value }: RewardModel, cause: unknown): ServeError {
  const retryAfter = cause instanceof RemoteRewardError ? cause.fault.retryAfter : undefined;
  return new ServeError("upstream_failed", `the reward model of "${value}" failed: ${kindOf(cause)}`, {
    cause,
    ...(retryAfter !== undefined && { retryAfter }),
  });
}

/** What can be said of an error without quoting what was sent: its problem, or its name, code and status. */
export function kindOf(error: unknown): string {
  if (error instanceof RemoteRewardError) return error.fault.problem;
  if (!(error instanceof Error)) return typeof error;
  const details = ["code", "status"]
    .map((key) => Reflect.get(error, key))
    .filter((detail) => typeof detail === "string" || typeof detail === "number");
  return [error.name, ...details].join(" ");
}

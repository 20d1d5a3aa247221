import { ServeError } from "../serve-error.ts";

/**
 * A signal that fires with another one, or after so many milliseconds with a ServeError `deadline`.
 * @returns it, and what ends the wait
 */
export function withDeadline(signal: AbortSignal, ms: number): { signal: AbortSignal; end: () => void } {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(new ServeError("deadline", `no answer within ${ms / 1000} s`));
  }, ms);
  return { signal: AbortSignal.any([signal, late.signal]), end: () => clearTimeout(timer) };
}

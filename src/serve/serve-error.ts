/** Why a request is refused; each protocol says it in its own form, with the status of `STATUS`. */
export type ServeErrorCode =
  /** The body, or a field of it, can't be used. */
  | "bad_request"
  | "unauthorized"
  | "not_found"
  | "too_large"
  /** The prompt has no reference and the objective says that this is an error. */
  | "no_reference"
  /** A queue is full: come again after `retryAfter`. */
  | "busy"
  /** A reward model or an upstream failed or answered with something else than it should. */
  | "upstream_failed"
  /** A reward model or an upstream has failed again and again and is given time to recover. */
  | "upstream_down"
  /** The server is about to stop, or has not yet started. */
  | "not_ready"
  /** No answer within the deadline. */
  | "deadline"
  | "internal";

const STATUS: Record<ServeErrorCode, 400 | 401 | 404 | 413 | 422 | 429 | 500 | 502 | 503 | 504> = {
  bad_request: 400,
  unauthorized: 401,
  not_found: 404,
  too_large: 413,
  no_reference: 422,
  busy: 429,
  upstream_failed: 502,
  upstream_down: 503,
  not_ready: 503,
  deadline: 504,
  internal: 500,
};

export const SERVE_ERROR_CODES = Object.keys(STATUS);

/** A request that gets no answer but this: never a made-up number. The message is fit for the client to read. */
export class ServeError extends Error {
  override readonly name = "ServeError";
  readonly code: ServeErrorCode;
  /** Seconds after which to come again, for `busy`, `upstream_down` and `not_ready`. */
  readonly retryAfter: number | undefined;

  constructor(code: ServeErrorCode, message: string, options: ErrorOptions & { retryAfter?: number } = {}) {
    super(message, options);
    this.code = code;
    this.retryAfter = options.retryAfter;
  }

  get status() {
    return STATUS[this.code];
  }

  /** Retry-After, in whole seconds, where it says when to come again. */
  get headers(): Record<string, string> {
    return this.retryAfter === undefined ? {} : { "retry-after": String(Math.ceil(this.retryAfter)) };
  }
}

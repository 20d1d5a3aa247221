/**
 * What surrounds every request: its id, key, size limit, deadline, metrics and log line, and its end when the client
 * leaves or the server stops.
 * @module
 */
import { randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { routePath } from "hono/route";
import { type AnswerError, answerError, asServeError } from "./answer-error.ts";
import { type ServeContext, type ServeEnv, setHeader } from "./context.ts";
import type { Keys } from "./keys.ts";
import { describeError, type Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { ServeError } from "./serve-error.ts";

export type LifecycleOptions = {
  /** Absent: anyone may ask. */
  keys?: Keys;
  maxBodyBytes: number;
  /** How long a request may take; a request may ask for less with the header `x-request-timeout`, in seconds. */
  deadlineMs: number;
  metrics: Metrics;
  log: Log;
  /** Whether the log may hold what prompts and responses say. */
  logText: boolean;
  requests: RequestsInFlight;
  /** A form of errors of its own. */
  answerError?: AnswerError | undefined;
};

/** The requests that have no answer yet, or whose answer is still being written. */
export class RequestsInFlight {
  /** True once the server is about to stop: connections are closed with their answer. */
  draining = false;
  readonly #running = new Set<AbortController>();

  get size(): number {
    return this.#running.size;
  }

  add(request: AbortController): void {
    this.#running.add(request);
  }

  delete(request: AbortController): void {
    this.#running.delete(request);
  }

  abort(reason: ServeError): void {
    for (const request of this.#running) request.abort(reason);
  }
}

/** The client has closed its connection: nobody reads the answer. */
const left = new ServeError("deadline", "the client has left");
/** nginx's status for it, in the log and the metrics. */
const CLIENT_LEFT = 499;

/** Middleware for all routes but those that say whether the server lives. */
export function lifecycle(options: LifecycleOptions): MiddlewareHandler<ServeEnv> {
  const { keys, maxBodyBytes, requests } = options;
  const limitChunked = bodyLimit({
    maxSize: maxBodyBytes,
    onError: () => {
      throw tooLarge(maxBodyBytes);
    },
  });
  return async function live(c, next) {
    const started = performance.now();
    const id = requestId(c);
    c.set("requestId", id);
    setHeader(c, "x-request-id", id);
    const abort = begin(c, requests);
    let timer: NodeJS.Timeout | undefined;
    try {
      keys?.check(c.req.header("authorization"));
      const chunked = checkLength(c, maxBodyBytes);
      const deadlineMs = deadlineOf(c, options.deadlineMs);
      timer = setTimeout(() => abort.abort(late(deadlineMs)), deadlineMs);
      await untilAborted(chunked ? limitChunked(c, next) : next(), abort.signal);
    } catch (error) {
      c.error = asServeError(error);
      c.res = (options.answerError ?? answerError)(c, asServeError(error));
    }
    clearTimeout(timer);
    finish(c, abort.signal.reason === left ? CLIENT_LEFT : c.res.status, started, options);
  };
}

/** Counts the request in until its answer is written. */
function begin(c: ServeContext, requests: RequestsInFlight): AbortController {
  const abort = new AbortController();
  c.set("signal", abort.signal);
  const outgoing = c.env?.outgoing;
  if (outgoing === undefined) return abort;
  requests.add(abort);
  outgoing.once("close", () => {
    requests.delete(abort);
    if (!outgoing.writableFinished) abort.abort(left);
  });
  return abort;
}

/** The routes' work, or the reason why nobody waits for it any more: a route that ignores its signal holds nobody up. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

function finish(c: ServeContext, status: number, started: number, options: LifecycleOptions): void {
  if (c.env?.outgoing && options.requests.draining) c.env.outgoing.shouldKeepAlive = false;
  const elapsed = performance.now() - started;
  const matched = routePath(c, -1);
  const route = matched === "/*" || matched === "*" ? "unknown" : matched;
  options.metrics.answered(route, status, elapsed);
  const { log, logText } = options;
  const level = status >= 500 ? "warn" : "info";
  if (!log.isLevelEnabled(level)) return;
  const items = c.get("items");
  log[level]({
    ...{ id: c.get("requestId"), method: c.req.method, route, status, ms: Math.round(10 * elapsed) / 10 },
    ...(items !== undefined && { items }),
    ...(c.error !== undefined && { error: describeError(asServeError(c.error), logText) }),
  });
}

/** The client's own id where it is one, so that its log and ours can be read together. */
function requestId(c: ServeContext): string {
  const given = c.req.header("x-request-id");
  return given !== undefined && /^[\w.:/+=-]{1,128}$/.test(given) ? given : randomUUID();
}

/** @returns whether the body comes in chunks, of a length that nobody knows yet */
function checkLength(c: ServeContext, maxBodyBytes: number): boolean {
  const length = c.req.header("content-length");
  if (length === undefined) return c.req.header("transfer-encoding") !== undefined;
  if (Number(length) > maxBodyBytes) throw tooLarge(maxBodyBytes);
  return false;
}

function deadlineOf(c: ServeContext, longest: number): number {
  const text = c.req.header("x-request-timeout");
  if (text === undefined) return longest;
  const seconds = Number(text);
  if (text.trim() !== "" && seconds > 0) return Math.min(1000 * seconds, longest);
  throw new ServeError("bad_request", "x-request-timeout is not a number of seconds above 0");
}

const tooLarge = (maxBodyBytes: number): ServeError =>
  new ServeError(
    "too_large",
    `the body is larger than ${maxBodyBytes} bytes: send fewer responses a request, or raise --max-body`,
  );

const late = (deadlineMs: number): ServeError =>
  new ServeError("deadline", `no answer within ${deadlineMs / 1000} s`);

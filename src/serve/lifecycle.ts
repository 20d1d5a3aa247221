/**
 * What surrounds every request: its id, key, size limit, deadline, metrics and log line, and its end when the client
 * leaves or the server stops.
 * @module
 */
import type { ServerResponse } from "node:http";
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { routePath } from "hono/route";
import { type AnswerError, answerError, asServeError } from "./answer-error.ts";
import { type ServeEnv, setHeader } from "./context.ts";
import type { Keys } from "./keys.ts";
import { LiveRequest, type RequestsInFlight } from "./live-request.ts";
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

/** Where a request came from and where its answer goes, whoever reads and writes them. */
export type Exchange = {
  header(name: string): string | undefined;
  /** Absent where there is no socket. */
  outgoing: ServerResponse | undefined;
};

/** Runs work for a request, with the request's key and size checked and its time limited. Rejects with why it is refused. */
export async function live<T>(
  request: LiveRequest,
  { header, outgoing }: Exchange,
  { keys, maxBodyBytes, deadlineMs, requests }: LifecycleOptions,
  work: () => Promise<T>,
): Promise<T> {
  if (outgoing !== undefined) requests.add(request, outgoing);
  keys?.check(header("authorization"));
  if (Number(header("content-length") ?? 0) > maxBodyBytes) throw tooLarge(maxBodyBytes);
  const limitMs = deadlineOf(header("x-request-timeout"), deadlineMs);
  const timer = setTimeout(() => request.abort(late(limitMs)), limitMs);
  try {
    return await request.until(work());
  } finally {
    clearTimeout(timer);
  }
}

/** Counts and logs a request whose answer is there. */
export function answered(
  request: LiveRequest,
  { method, route, status: sent }: { method: string; route: string; status: number },
  { metrics, log, logText }: LifecycleOptions,
): void {
  const elapsed = performance.now() - request.started;
  const status = request.statusOf(sent);
  metrics.answered(route, status, elapsed);
  const level = status >= 500 ? "warn" : "info";
  if (!log.isLevelEnabled(level)) return;
  const { id, items, error } = request;
  log[level]({
    ...{ id, method, route, status, ms: Math.round(10 * elapsed) / 10 },
    ...(items !== undefined && { items }),
    ...(error !== undefined && { error: describeError(error, logText) }),
  });
}

/** Middleware for all of Hono's routes but those that say whether the server lives. */
export function lifecycle(options: LifecycleOptions): MiddlewareHandler<ServeEnv> {
  const { maxBodyBytes, requests } = options;
  const limitChunked = bodyLimit({
    maxSize: maxBodyBytes,
    onError: () => {
      throw tooLarge(maxBodyBytes);
    },
  });
  return async (c, next) => {
    const outgoing = c.env?.outgoing;
    const header = (name: string) => c.req.header(name);
    const request = new LiveRequest(header("x-request-id"));
    c.set("live", request);
    setHeader(c, "x-request-id", request.id);
    try {
      const chunked = header("transfer-encoding") !== undefined;
      await live(request, { header, outgoing }, options, () => (chunked ? limitChunked(c, next) : next()));
    } catch (error) {
      c.error = asServeError(error);
      c.res = (options.answerError ?? answerError)(c, asServeError(error));
    }
    if (outgoing && requests.draining) outgoing.shouldKeepAlive = false;
    if (c.error !== undefined) request.error = asServeError(c.error);
    const matched = routePath(c, -1);
    const route = matched === "/*" || matched === "*" ? "unknown" : matched;
    answered(request, { method: c.req.method, route, status: c.res.status }, options);
  };
}

function deadlineOf(text: string | undefined, longest: number): number {
  if (text === undefined) return longest;
  const seconds = Number(text);
  if (text.trim() !== "" && seconds > 0) return Math.min(1000 * seconds, longest);
  throw new ServeError("bad_request", "x-request-timeout is not a number of seconds above 0");
}

export const tooLarge = (maxBodyBytes: number): ServeError =>
  new ServeError(
    "too_large",
    `the body is larger than ${maxBodyBytes} bytes: send fewer responses a request, or raise --max-body`,
  );

const late = (deadlineMs: number): ServeError =>
  new ServeError("deadline", `no answer within ${deadlineMs / 1000} s`);

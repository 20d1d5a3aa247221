/**
 * An OpenAI-compatible server, asked with patience: short faults are tried again, a server that is down is left alone for a
 * while, and an answer that is not whole and well-formed is no answer.
 * @module
 */
import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  wrap,
} from "cockatiel";
import { z } from "zod";
import { orAborted, retrying } from "../../io/retrying.ts";
import { type ChatResponse, chatResponseSchema } from "../chat/schema.ts";
import { ServeError } from "../serve-error.ts";
import { fetchJson } from "./fetch-json.ts";
import { UpstreamError } from "./upstream-error.ts";

export type UpstreamOptions = {
  /** Up to where `/chat/completions` is added; `/v1` is added to an address without a path. */
  url: string;
  /** Sent as a bearer key; undefined: the client's own is passed on where the call has one. */
  key?: string;
  /** Tries a request, the first included; 3 where absent. */
  attempts?: number;
  /** Wait before the second try, in milliseconds; it doubles, with jitter. 200 where absent. */
  firstWaitMs?: number;
  /** Requests under way at a time; further ones wait. 64 where absent. */
  concurrency?: number;
  /** Requests that may wait; those beyond are told to come again. 1,024 where absent. */
  queue?: number;
};

export type UpstreamCall = {
  signal: AbortSignal;
  /** The client's header `authorization`. */
  authorization?: string | undefined;
};

/** The list of models, passed on as it came. */
const upstreamModelsSchema = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) });

export type Upstream = {
  /** With `/v1`. */
  readonly url: string;
  /** @throws UpstreamError, ServeError, or the reason of the signal */
  chat(body: Record<string, unknown>, call: UpstreamCall): Promise<ChatResponse>;
  models(call: UpstreamCall): Promise<z.infer<typeof upstreamModelsSchema>>;
};

/** Faults in a row after which an upstream is left alone, and for how long. */
const FAULTS = 10;
const PAUSE_MS = 5_000;

const answerWithChoices = chatResponseSchema.refine(({ choices }) => choices.length > 0, "no choices");

export function openUpstream(options: UpstreamOptions): Upstream {
  const url = baseUrl(options.url);
  const policy = patience(options);
  async function ask<T>(path: string, schema: z.ZodType<T>, call: UpstreamCall, body?: object): Promise<T> {
    const attempt = () => fetchJson(`${url}${path}`, schema, { ...call, key: options.key }, body);
    try {
      return await orAborted(policy.execute(attempt, call.signal), call.signal);
    } catch (error) {
      call.signal.throwIfAborted();
      if (error instanceof BrokenCircuitError)
        throw new ServeError("upstream_down", "the upstream has failed again and again", {
          cause: error,
          retryAfter: PAUSE_MS / 1000,
        });
      if (error instanceof BulkheadRejectedError)
        throw new ServeError("busy", "too many requests wait for the upstream", { retryAfter: 1 });
      throw error;
    }
  }
  return {
    url,
    chat: (body, call) => ask("/chat/completions", answerWithChoices, call, body),
    models: (call) => ask("/models", upstreamModelsSchema, call),
  };
}

function baseUrl(text: string): string {
  const { origin, pathname } = new URL(text);
  const path = pathname.replace(/\/+$/, "");
  return `${origin}${path === "" ? "/v1" : path}`;
}

function patience({ attempts = 3, firstWaitMs = 200, concurrency = 64, queue = 1024 }: UpstreamOptions) {
  // one request that the upstream stumbles over must not shut out all others
  const fault = handleWhen((error) => error instanceof UpstreamError && error.kind === "down");
  return wrap(
    retrying({
      retries: attempts - 1,
      firstWaitMs,
      maxWaitMs: 20 * firstWaitMs,
      passing: (error) => error instanceof UpstreamError && error.passing,
      retryAfter: (error) => (error instanceof UpstreamError ? error.retryAfter : undefined),
    }),
    circuitBreaker(fault, { halfOpenAfter: PAUSE_MS, breaker: new ConsecutiveBreaker(FAULTS) }),
    bulkhead(concurrency, queue),
  );
}

/**
 * `/v1/chat/completions` and `/v1/models` before an OpenAI-compatible server: k samples, the best of them as the answer.
 * @module
 */
import { Hono } from "hono";
import type { Random } from "../../stats/random.ts";
import { ChatError } from "../chat/openai-error.ts";
import { noteItems, type ServeContext, type ServeEnv, signalOf } from "../context.ts";
import { readText } from "../read-body.ts";
import type { Scorer } from "../scorer.ts";
import { ServeError } from "../serve-error.ts";
import { complete } from "./complete.ts";
import { withDeadline } from "./deadline.ts";
import { openAiAnswer } from "./openai-answer.ts";
import { createSampler } from "./sampler.ts";
import { planSampling } from "./sampling-plan.ts";
import type { ProxySettings } from "./settings.ts";
import { streamChoice } from "./stream-choice.ts";
import type { Upstream, UpstreamCall } from "./upstream.ts";

export type ProxyOptions = {
  upstream: Upstream;
  /** The one in force; asked once a request. */
  scorer: () => Scorer;
  settings: ProxySettings;
  /** Of soft best-of-k, where a request has no seed. */
  random: Random;
  /** Whether the client's key is for the upstream, and goes there. */
  passKey: boolean;
  /** Told of what fails after a stream has begun, when its status says that all is well. */
  onStreamError?: (error: unknown) => void;
};

/** The routes of a proxy. */
export function proxyRoutes({ upstream, passKey, onStreamError, ...rest }: ProxyOptions): Hono<ServeEnv> {
  const app = new Hono<ServeEnv>();
  const { settings } = rest;
  const parts = { ...rest, sampler: createSampler(upstream) };

  /** Work that ends with its request: its client leaves, its time is over, or the server stops. */
  function within<T>(c: ServeContext, work: (call: UpstreamCall) => Promise<T>): Promise<T> {
    const { signal, end } = withDeadline(signalOf(c), settings.deadlineMs);
    const authorization = passKey ? c.req.header("authorization") : undefined;
    return work({ signal, authorization }).finally(end);
  }

  app.onError((error, c: ServeContext) => openAiAnswer(c, error));
  app.notFound((c) =>
    openAiAnswer(c, new ServeError("not_found", `there is no ${c.req.method} ${c.req.path}`)),
  );
  app.get("/v1/models", async (c) => c.json(await within(c, upstream.models)));
  // from the list, as not all servers know the path
  app.get("/v1/models/:id{.+}", async (c) => {
    const id = c.req.param("id");
    const { data } = await within(c, upstream.models);
    const found = data.find((model) => model.id === id);
    if (found === undefined)
      throw new ChatError("not_found", `the upstream has no model "${id}"`, { param: "model" });
    return c.json(found);
  });
  app.post("/v1/chat/completions", async (c) => {
    const plan = planSampling(await jsonBody(c), (name) => c.req.header(name), settings);
    noteItems(c, plan.k);
    const answer = within(c, (call) => complete(plan, parts, call));
    if (plan.stream) {
      const { includeUsage } = plan;
      return streamChoice(c, answer, { includeUsage, keepAliveMs: settings.keepAliveMs, onStreamError });
    }
    const { response, headers } = await answer;
    return c.json(response, 200, headers);
  });
  return app;
}

async function jsonBody(c: ServeContext): Promise<unknown> {
  const text = await readText(c);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ServeError("bad_request", "the body is not JSON", { cause: error });
  }
}

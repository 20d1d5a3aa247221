import { Hono } from "hono";
import { answerError, asServeError } from "./answer-error.ts";
import { type ServeContext, type ServeEnv, setHeader } from "./context.ts";
import { type JsonRoute, mountJson } from "./json-route.ts";
import { type LifecycleOptions, lifecycle } from "./lifecycle.ts";
import { ServeError } from "./serve-error.ts";

export type AppOptions = LifecycleOptions & {
  /** What the server is for: routes of JSON, and any others. */
  json?: readonly JsonRoute[] | undefined;
  mount?: ((app: Hono<ServeEnv>) => void) | undefined;
  /** What `/readyz` adds to its answer, such as circuits that are open. */
  details?: (() => Record<string, unknown>) | undefined;
};

/**
 * A server of some routes: health, metrics, and around each request its lifecycle.
 *
 * `/healthz` says that the process lives. `/readyz` says whether it should get new requests: not once it is about to
 * stop. Both need no key.
 */
export function createApp({
  json = [],
  mount,
  details = () => ({}),
  ...options
}: AppOptions): Hono<ServeEnv> {
  const { metrics, requests, answerError: answer = answerError } = options;
  const app = new Hono<ServeEnv>();
  app.get("/healthz", (c) => c.json({ ok: true }));
  app.get("/readyz", (c) => {
    const ready = !requests.draining;
    return c.json(
      { ready, ...(!ready && { reason: "the server is about to stop" }), ...details() },
      ready ? 200 : 503,
    );
  });
  app.use(lifecycle(options));
  app.get("/metrics", async (c) => {
    setHeader(c, "content-type", metrics.registry.contentType);
    return c.body(await metrics.registry.metrics());
  });
  mountJson(app, json);
  mount?.(app);
  const paths = listPaths(app);
  app.notFound((c) => {
    const error = new ServeError("not_found", `there is no ${c.req.method} ${c.req.path} here, but ${paths}`);
    c.error = error;
    return answer(c, error);
  });
  app.onError((error, c: ServeContext) => answer(c, asServeError(error)));
  return app;
}

const listPaths = (app: Hono<ServeEnv>): string =>
  [
    ...new Set(
      app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => `${method} ${path}`),
    ),
  ].join(", ");

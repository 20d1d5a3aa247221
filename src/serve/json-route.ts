import type { Hono } from "hono";
import type { z } from "zod";
import type { ServeEnv } from "./context.ts";
import { LiveRequest } from "./live-request.ts";
import { jsonText, parseBody, readText } from "./read-body.ts";

/** A route that takes JSON by POST and answers with JSON. It sees nothing of HTTP, so that whoever listens may serve it. */
export type JsonRoute = {
  path: string;
  /**
   * @param body text of the request, whatever content type it claims (curl says that it sends a form)
   * @throws ServeError
   */
  answer(body: string, request: LiveRequest): Promise<object>;
};

/**
 * @param schema of the body; what does not fit is refused as `bad_request` by the first field that is wrong
 */
export const jsonRoute = <T>(
  path: string,
  schema: z.ZodType<T>,
  answer: (body: T, request: LiveRequest) => object | Promise<object>,
): JsonRoute => ({ path, answer: async (text, request) => answer(parseBody(text, schema), request) });

/** Serves them by Hono. */
export function mountJson(app: Hono<ServeEnv>, routes: readonly JsonRoute[]): void {
  for (const { path, answer } of routes) {
    app.post(path, async (c) => {
      const body = await answer(await readText(c), c.get("live") ?? new LiveRequest(undefined));
      return c.body(jsonText(body), 200, { "content-type": "application/json" });
    });
  }
}

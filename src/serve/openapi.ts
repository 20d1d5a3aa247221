/** What the descriptions of all protocols share. */
import { type RouteConfig, z } from "@hono/zod-openapi";
import type { Hono } from "hono";
import type { ServeEnv } from "./context.ts";
import type { JsonRoute } from "./json-route.ts";
import { SERVE_ERROR_CODES } from "./serve-error.ts";

/** The paths of a protocol, and their descriptions for the OpenAPI document. */
export type Protocol = {
  documented: readonly RouteConfig[];
  json: readonly JsonRoute[];
  mount?: (app: Hono<ServeEnv>) => void;
};

const error = z
  .object({
    error: z.object({
      code: z.enum(SERVE_ERROR_CODES),
      message: z.string(),
      requestId: z.string(),
    }),
  })
  .openapi("Error");

export const json = <Schema extends z.ZodType>(schema: Schema) => ({ "application/json": { schema } });

const failure = (description: string) => ({ description, content: json(error) });

/** Answers of every route that scores, other than a score. */
export const errors = {
  400: failure("the body can't be used"),
  401: failure("the key is missing or not known"),
  413: failure("the body is too large, or holds too many responses"),
  422: failure("a prompt has no reference, and the objective says that this is an error"),
  429: failure("the queue is full; see Retry-After"),
  502: failure("a reward model failed, or answered with something else than rewards"),
  503: failure("a reward model has failed several times in a row, or the server stops; see Retry-After"),
  504: failure("no answer within the deadline"),
};

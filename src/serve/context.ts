import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { Aborting } from "./lazy-abort.ts";
import type { LiveRequest } from "./live-request.ts";

/** What a route finds on its context. */
export type ServeEnv = {
  /** Absent where an app is called without a socket. */
  Bindings: Partial<HttpBindings>;
  /** Absent where an app stands alone, without a lifecycle around it. */
  Variables: { live?: LiveRequest };
};

export type ServeContext = Context<ServeEnv>;

/** Of the request: the lifecycle's, with its deadline; where an app stands alone, of the connection. */
export const signalOf = (c: ServeContext): AbortSignal => c.get("live")?.signal ?? c.req.raw.signal;

/** The same, for what asks for a signal only if it needs one. */
export const callerOf = (c: ServeContext): Aborting => c.get("live") ?? { signal: c.req.raw.signal };

/** Says how many responses a request is about, for the log. */
export function noteItems(c: ServeContext, items: number): void {
  const live = c.get("live");
  if (live !== undefined) live.items = items;
}

/** Sets a response header. Straight on the socket's response, where there is one: ten times cheaper than `Headers`. */
export function setHeader(c: ServeContext, name: string, value: string): void {
  const outgoing = c.env?.outgoing;
  if (outgoing) outgoing.setHeader(name, value);
  else c.header(name, value);
}

export function setHeaders(c: ServeContext, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) setHeader(c, name, value);
}

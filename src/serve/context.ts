import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

/** What a route finds on its context. */
export type ServeEnv = {
  /** Absent where an app is called without a socket. */
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    /** Aborted when the client leaves, with the deadline, or when the server stops. */
    signal: AbortSignal;
    /** Items of the request, for the log. */
    items: number | undefined;
  };
};

export type ServeContext = Context<ServeEnv>;

/** Of the request: the lifecycle's, with its deadline; where an app stands alone, of the connection. */
export const signalOf = (c: ServeContext): AbortSignal => c.get("signal") ?? c.req.raw.signal;

/** Sets a response header. Straight on the socket's response, where there is one: ten times cheaper than `Headers`. */
export function setHeader(c: ServeContext, name: string, value: string): void {
  const outgoing = c.env?.outgoing;
  if (outgoing) outgoing.setHeader(name, value);
  else c.header(name, value);
}

import { type ServeContext, setHeader } from "./context.ts";
import { ServeError } from "./serve-error.ts";

/** The body of every refusal. */
type ErrorBody = { error: { code: string; message: string; requestId: string } };

/** How a kind of server says an error. */
export type AnswerError = (c: ServeContext, error: ServeError) => Response;

/** Turns whatever was thrown into a ServeError. What was not foreseen may hold what no client should see. */
export const asServeError = (error: unknown): ServeError =>
  error instanceof ServeError
    ? error
    : new ServeError("internal", "the server failed; its log says more", { cause: error });

/** An error as JSON with its status, and with Retry-After where it says when to come again. */
export function answerError(c: ServeContext, error: ServeError): Response {
  if (error.retryAfter !== undefined) setHeader(c, "retry-after", String(Math.ceil(error.retryAfter)));
  if (error.code === "unauthorized") setHeader(c, "www-authenticate", "Bearer");
  const { code, message } = error;
  const body: ErrorBody = { error: { code, message, requestId: c.get("requestId") ?? "" } };
  return c.json(body, error.status);
}

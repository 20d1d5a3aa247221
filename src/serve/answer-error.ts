import { type ServeContext, setHeader } from "./context.ts";
import { ServeError } from "./serve-error.ts";

/** How a kind of server says an error. */
export type AnswerError = (c: ServeContext, error: ServeError) => Response;

/** Turns whatever was thrown into a ServeError. What was not foreseen may hold what no client should see. */
export const asServeError = (error: unknown): ServeError =>
  error instanceof ServeError
    ? error
    : new ServeError("internal", "the server failed; its log says more", { cause: error });

/** A refusal in our own form: its status, its body, and Retry-After where it says when to come again. */
export function errorReply({ code, message, status, retryAfter }: ServeError, requestId: string) {
  const headers: Record<string, string> = {};
  if (retryAfter !== undefined) headers["retry-after"] = String(Math.ceil(retryAfter));
  if (code === "unauthorized") headers["www-authenticate"] = "Bearer";
  return { status, headers, body: { error: { code, message, requestId } } };
}

/** An error in our own form, as JSON. */
export function answerError(c: ServeContext, error: ServeError): Response {
  const { status, headers, body } = errorReply(error, c.get("live")?.id ?? "");
  for (const [name, value] of Object.entries(headers)) setHeader(c, name, value);
  return c.json(body, status);
}

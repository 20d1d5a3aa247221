import { type ServeContext, setHeaders } from "./context.ts";
import { ServeError } from "./serve-error.ts";

/** How a kind of server says an error. */
export type AnswerError = (c: ServeContext, error: ServeError) => Response;

/** Turns whatever was thrown into a ServeError. What was not foreseen may hold what no client should see. */
export const asServeError = (error: unknown): ServeError =>
  error instanceof ServeError
    ? error
    : new ServeError("internal", "the server failed; its log says more", { cause: error });

/** A refusal in our own form: its status, headers and body. */
export function errorReply({ code, message, status, headers }: ServeError, requestId: string) {
  return {
    status,
    headers: { ...headers, ...(code === "unauthorized" && { "www-authenticate": "Bearer" }) },
    body: { error: { code, message, requestId } },
  };
}

/** An error in our own form, as JSON. */
export function answerError(c: ServeContext, error: ServeError): Response {
  const { status, headers, body } = errorReply(error, c.get("live")?.id ?? "");
  setHeaders(c, headers);
  return c.json(body, status);
}

/**
 * Errors in the form that OpenAI's clients read: `{"error": {"message", "type", "param", "code"}}`.
 * @module
 */
import type { z } from "zod";
import { ServeError, type ServeErrorCode } from "../serve-error.ts";
import type { OpenAiErrorBody } from "./schema.ts";

/** OpenAI's words for ours. */
const WORDS: Record<ServeErrorCode, { type: string; code: string | null }> = {
  bad_request: { type: "invalid_request_error", code: null },
  unauthorized: { type: "invalid_request_error", code: "invalid_api_key" },
  not_found: { type: "invalid_request_error", code: "model_not_found" },
  too_large: { type: "invalid_request_error", code: null },
  no_reference: { type: "invalid_request_error", code: "no_reference" },
  busy: { type: "rate_limit_error", code: "rate_limit_exceeded" },
  upstream_failed: { type: "server_error", code: "upstream_failed" },
  upstream_down: { type: "server_error", code: "upstream_down" },
  not_ready: { type: "server_error", code: "not_ready" },
  deadline: { type: "server_error", code: "timeout" },
  internal: { type: "server_error", code: null },
};

/** A request that is refused, with the field at fault and OpenAI's code where it has one. */
export class ChatError extends ServeError {
  readonly param: string | null;
  readonly openAiCode: string | null | undefined;

  constructor(
    code: ServeErrorCode,
    message: string,
    options: ErrorOptions & { retryAfter?: number; param?: string; openAiCode?: string } = {},
  ) {
    super(code, message, options);
    this.param = options.param ?? null;
    this.openAiCode = options.openAiCode;
  }
}

/** @returns the body of an error, its status, and its headers */
export function openAiError(error: unknown): {
  status: ServeError["status"];
  body: OpenAiErrorBody;
  headers: Record<string, string>;
} {
  // what was not foreseen may hold what no client should see
  const known = error instanceof ServeError ? error : new ServeError("internal", "the server failed");
  const { type, code } = WORDS[known.code];
  const own = known instanceof ChatError ? known : undefined;
  return {
    status: known.status,
    body: {
      error: {
        message: known.message,
        type,
        param: own?.param ?? null,
        code: own?.openAiCode ?? code,
      },
    },
    headers: known.headers,
  };
}

/** A body that does not fit its schema, by the first thing that is wrong with it. */
export function refusedBody(error: z.ZodError): ChatError {
  const { path, message } = error.issues[0]!;
  const param = path.map(String).join(".");
  return new ChatError("bad_request", `${param === "" ? "the body" : param}: ${message}`, { param });
}

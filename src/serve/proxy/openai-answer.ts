import { openAiError } from "../chat/openai-error.ts";
import type { ServeContext } from "../context.ts";

/** An error in the form that OpenAI's clients read, with its status and headers. */
export function openAiAnswer(c: ServeContext, error: unknown): Response {
  const { status, body, headers } = openAiError(error);
  return c.json(body, status, headers);
}

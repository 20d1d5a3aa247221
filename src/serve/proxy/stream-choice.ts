import { streamSSE } from "hono/streaming";
import { openAiError } from "../chat/openai-error.ts";
import type { ServeContext } from "../context.ts";
import type { Answer } from "./answer.ts";
import { chunksOf } from "./chunks.ts";

export type StreamChoiceOptions = {
  includeUsage: boolean;
  keepAliveMs: number;
  onStreamError: ((error: unknown) => void) | undefined;
};

/**
 * The answer as a stream, once it is chosen. Until the first sign of life is due nothing is sent, so that what is answered or
 * fails by then has its own status and headers; from then on a comment now and then keeps the connection open, and a failure
 * is an event, after which no `[DONE]` comes.
 */
export async function streamChoice(
  c: ServeContext,
  answer: Promise<Answer>,
  { includeUsage, keepAliveMs, onStreamError }: StreamChoiceOptions,
): Promise<Response> {
  let done = await within(answer, keepAliveMs);
  for (const [name, value] of Object.entries(done?.headers ?? {})) c.header(name, value);
  return streamSSE(c, async (stream) => {
    try {
      while (done === undefined) {
        await stream.write(": sampling and scoring\n\n");
        done = await within(answer, keepAliveMs);
      }
      for (const chunk of chunksOf(done, includeUsage))
        await stream.writeSSE({ data: JSON.stringify(chunk) });
      await stream.writeSSE({ data: "[DONE]" });
    } catch (error) {
      onStreamError?.(error);
      await stream.writeSSE({ data: JSON.stringify(openAiError(error).body) });
    }
  });
}

/** What a promise gives within so many milliseconds; undefined where it takes longer. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

import { streamSSE } from "hono/streaming";
import { type ServeContext, signalOf } from "../context.ts";
import { type AnswerHead, deltaChunks, roleChunk, usageChunk, usageOf } from "./answer.ts";
import { openAiError } from "./openai-error.ts";
import type { SamplingJob } from "./sampling-job.ts";
import type { SamplingQueue } from "./sampling-queue.ts";
import type { ChatChunk } from "./schema.ts";

export type StreamOptions = {
  head: AnswerHead;
  /** A last chunk says how many tokens it took. */
  withUsage: boolean;
  onError: ((error: unknown) => void) | undefined;
};

/**
 * Answers with server-sent events, each piece of text as it is sampled. What fails once the status is sent ends the stream with an
 * error in OpenAI's form and without `[DONE]`.
 *
 * @throws ChatError `busy`, before the stream begins
 */
export function streamAnswer(
  c: ServeContext,
  queue: SamplingQueue,
  job: SamplingJob,
  { head, withUsage, onError }: StreamOptions,
): Response {
  const left = new AbortController();
  const signal = AbortSignal.any([left.signal, signalOf(c)]);
  const chunks: ChatChunk[] = [];
  let wake = () => {};
  let end: { tokens: number } | { error: unknown } | undefined;
  const note = (found: typeof end) => {
    end = found;
    wake();
  };
  const onDelta = (delta: Parameters<typeof deltaChunks>[1]) => {
    chunks.push(...deltaChunks(head, delta));
    wake();
  };
  queue.run(job, onDelta, signal).then(
    (tokens) => note({ tokens }),
    (error: unknown) => note({ error }),
  );
  return streamSSE(c, async (sse) => {
    sse.onAbort(() => left.abort());
    const write = (data: ChatChunk) =>
      // with usage asked for, every chunk has the field, and only in the last one it is not null
      sse.writeSSE({ data: JSON.stringify(withUsage ? { usage: null, ...data } : data) });
    for (let index = 0; index < job.n; index++) await write(roleChunk(head, index));
    while (end === undefined || chunks.length > 0) {
      const next = chunks.shift();
      if (next) await write(next);
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
    if ("error" in end) {
      if (!signal.aborted) onError?.(end.error);
      return sse.writeSSE({ data: JSON.stringify(openAiError(end.error).body) });
    }
    if (withUsage) await write(usageChunk(head, usageOf(job.ids.length, end.tokens)));
    await sse.writeSSE({ data: "[DONE]" });
  });
}

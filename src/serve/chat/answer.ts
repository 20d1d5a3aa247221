/** A request's deltas, put together as one answer or as the chunks of a stream. */
import type { Delta } from "./growing-choice.ts";
import type { ChatChunk, ChatResponse, Usage } from "./schema.ts";

/** What every part of an answer carries. */
export type AnswerHead = { id: string; created: number; model: string };

export const usageOf = (promptTokens: number, completionTokens: number): Usage => ({
  prompt_tokens: promptTokens,
  completion_tokens: completionTokens,
  total_tokens: promptTokens + completionTokens,
});

/** @param deltas of all choices; of one choice in their order */
export function wholeAnswer(
  head: AnswerHead,
  n: number,
  deltas: readonly Delta[],
  usage: Usage,
): ChatResponse {
  return {
    ...head,
    object: "chat.completion",
    choices: Array.from({ length: n }, (_, index) => {
      const own = deltas.filter((delta) => delta.index === index);
      const logprobs = own.flatMap((delta) => delta.logprobs ?? []);
      return {
        index,
        message: { role: "assistant" as const, content: own.map(({ text }) => text).join(""), refusal: null },
        logprobs: own[0]?.logprobs === undefined ? null : { content: logprobs },
        finish_reason: own.at(-1)!.finish!,
      };
    }),
    usage,
  };
}

/** Says who speaks, before the first text of a choice. */
export const roleChunk = (head: AnswerHead, index: number): ChatChunk =>
  chunk(head, [{ index, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null }]);

/** The text of a delta, and in a chunk of its own how its choice ended. */
export function deltaChunks(head: AnswerHead, { index, text, logprobs, finish }: Delta): ChatChunk[] {
  const content = chunk(head, [
    {
      index,
      delta: { content: text },
      logprobs: logprobs ? { content: logprobs } : null,
      finish_reason: null,
    },
  ]);
  const end = finish && chunk(head, [{ index, delta: {}, logprobs: null, finish_reason: finish }]);
  return [...(text !== "" || logprobs?.length ? [content] : []), ...(end ? [end] : [])];
}

export const usageChunk = (head: AnswerHead, usage: Usage): ChatChunk => ({ ...chunk(head, []), usage });

const chunk = (head: AnswerHead, choices: ChatChunk["choices"]): ChatChunk => ({
  ...head,
  object: "chat.completion.chunk",
  choices,
});

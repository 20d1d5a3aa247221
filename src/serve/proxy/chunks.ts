import type { ChatChoice, ChatChunk } from "../chat/schema.ts";
import type { Answer } from "./answer.ts";

/** Characters of a piece of text. */
const PIECE = /[\s\S]{1,48}/gu;

/**
 * An answer as a stream has it: of each choice its role, its text in pieces, its calls of tools, and how it ended; the last
 * chunk with choices brings `allgood`; then the usage, if asked for.
 */
export function* chunksOf({ response }: Answer, includeUsage: boolean): Generator<ChatChunk> {
  const { choices, usage, allgood, object: _, ...shared } = response;
  const chunk = (choices: ChatChunk["choices"]): ChatChunk => ({
    ...shared,
    object: "chat.completion.chunk",
    choices,
    // as OpenAI's own: null in all chunks but the last
    ...(includeUsage && { usage: null }),
  });
  for (const [at, choice] of choices.entries()) {
    for (const delta of deltasOf(choice)) yield chunk([delta]);
    const end = chunk([{ index: choice.index, delta: {}, finish_reason: choice.finish_reason ?? null }]);
    yield at === choices.length - 1 ? { ...end, allgood } : end;
  }
  if (includeUsage) yield { ...chunk([]), usage: usage ?? null };
}

function* deltasOf({ index, message, logprobs }: ChatChoice): Generator<ChatChunk["choices"][number]> {
  const { role, content, tool_calls, ...rest } = message;
  yield { index, delta: { role, content: content === null ? null : "", ...rest }, finish_reason: null };
  for (const [piece, text] of piecesOf(content ?? "", logprobs != null).entries()) {
    yield {
      index,
      delta: { content: text },
      ...(logprobs && piece === 0 && { logprobs }),
      finish_reason: null,
    };
  }
  for (const [i, call] of (tool_calls ?? []).entries())
    yield { index, delta: { tool_calls: [{ index: i, ...call }] }, finish_reason: null };
}

/** Log-probabilities belong to the chunk with their tokens: such a text comes in one piece. */
function piecesOf(text: string, whole: boolean): string[] {
  if (whole) return [text];
  return text.match(PIECE) ?? [];
}

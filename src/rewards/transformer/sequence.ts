import { encodePrompt, encodeResponse, type Tokenizer } from "../../models/index.ts";
import type { RewardItem } from "../reward-model.ts";

/** A prompt and its response as tokens. */
export type Sequence = {
  readonly tokens: readonly number[];
  /** Where the response begins; the end-of-text token belongs to it. */
  readonly response: number;
};

/**
 * The tokens of an item, at most `length`: where they are more, the prompt loses its beginning, and a response that alone is
 * too long its end. The end-of-text token always stands last.
 */
export function encodeItem(tokenizer: Tokenizer, { prompt, response }: RewardItem, length: number): Sequence {
  const end = tokenizer.eos === null ? [] : [tokenizer.eos];
  const after = [...encodeResponse(tokenizer, response).slice(0, length - end.length), ...end];
  const before = encodePrompt(tokenizer, prompt);
  const kept = before.slice(Math.max(0, before.length - (length - after.length)));
  return { tokens: [...kept, ...after], response: Math.min(kept.length, kept.length + after.length - 1) };
}

import { encodePrompt, encodeStart, type Tokenizer } from "../models/index.ts";
import type { Message } from "../preferences/types.ts";

/**
 * How a prompt becomes tokens. `dialogue`: by the tokenizer's chat template, or as a transcript where it has none.
 * `text`: the messages' contents as they stand, for a model that just continues text.
 */
export type PromptFormat = "dialogue" | "text";

/** @returns token ids, at least one where the tokenizer has a token that begins a text */
export function encodeFor(format: PromptFormat, tokenizer: Tokenizer, prompt: readonly Message[]): number[] {
  if (format === "dialogue") return encodePrompt(tokenizer, prompt);
  return encodeStart(tokenizer, prompt.map(({ content }) => content).join("\n"));
}

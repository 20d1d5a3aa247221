/**
 * Dialogues as the text that a model reads, in one place: what it was trained on, sampled with and scored by.
 * @module
 */
import type { ChatMessage, Tokenizer } from "./tokenizer.ts";

const roles = ["system", "user", "assistant"] as const;

/** Special tokens that open a turn, for tokenizers made here. */
export const TURN_TOKENS: readonly string[] = roles.map((role) => `<|${role}|>`);

/** Each turn after the token of its role; a response follows `<|assistant|>`. */
export const CHAT_TEMPLATE =
  "{% for message in messages %}{{ '<|' + message.role + '|>' + message.content }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";

const turns: Record<string, string> = { user: "\n\nHuman: ", assistant: "\n\nAssistant: ", system: "" };

/**
 * The token ids of a dialogue up to where the assistant's response begins: by the tokenizer's chat template, or as a
 * transcript (`Human: …`, `Assistant: …`) where it has none.
 */
export function encodePrompt(tokenizer: Tokenizer, prompt: readonly ChatMessage[]): number[] {
  if (tokenizer.renderChat !== null) {
    return tokenizer.encode(tokenizer.renderChat(prompt, { addGenerationPrompt: true }));
  }
  const text = prompt.map(({ role, content }) => `${turns[role] ?? turns.user}${content}`).join("");
  return tokenizer.encode(`${text}\n\nAssistant:`, { addSpecialTokens: true });
}

/** The token ids of a response to a prompt from `encodePrompt`, without the end-of-text token. */
export function encodeResponse(tokenizer: Tokenizer, response: string): number[] {
  return tokenizer.encode(tokenizer.renderChat === null ? ` ${response}` : response);
}

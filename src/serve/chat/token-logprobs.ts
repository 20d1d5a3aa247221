import { decodeContinuation, type Tokenizer } from "../../models/index.ts";
import type { ChatLogprobs } from "./schema.ts";

export type TokenLogprob = NonNullable<ChatLogprobs["content"]>[number];

/**
 * A token's log-prob under the model itself (temperature 1, nothing filtered), beside those of the likeliest tokens.
 *
 * @param before the token that stands before it, for the space that some tokenizers show only between tokens
 * @param count how many of the likeliest
 */
export function tokenLogprob(
  tokenizer: Tokenizer,
  {
    before,
    token,
    logProbs,
    count,
  }: { before: number; token: number; logProbs: Float32Array; count: number },
): TokenLogprob {
  const entry = (id: number) => {
    const alone = tokenizer.decode([id]);
    // a part of a character has no text of its own
    const part = alone.includes("\ufffd");
    const text = part ? alone : decodeContinuation(tokenizer, [before], [id]);
    return { token: text, logprob: atLeast(logProbs[id]!), bytes: part ? null : [...Buffer.from(text)] };
  };
  return { ...entry(token), top_logprobs: likeliest(logProbs, count).map(entry) };
}

/** JSON has no −∞; OpenAI writes −9999 for tokens that are next to impossible. */
const atLeast = (logProb: number): number => Math.max(logProb, -9999);

/** The ids of the largest numbers, the largest first. */
function likeliest(logProbs: Float32Array, count: number): number[] {
  const best: number[] = [];
  for (let id = 0; id < logProbs.length && count > 0; id++) {
    if (best.length === count && logProbs[id]! <= logProbs[best.at(-1)!]!) continue;
    const place = best.findIndex((other) => logProbs[id]! > logProbs[other]!);
    best.splice(place < 0 ? best.length : place, 0, id);
    if (best.length > count) best.pop();
  }
  return best;
}

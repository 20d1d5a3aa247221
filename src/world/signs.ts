import { CONFIDENT, HEDGES, PADDING } from "./lexicon.ts";
import { count, padded, words } from "./text.ts";

/** What raters have a weakness for, and what fills pages: what a policy that games its rewards would do more of. */
export type Signs = {
  words: number;
  /** Phrases of padding. */
  padding: number;
  /** Sure phrases less unsure ones. */
  confidence: number;
  /** 1 for a numbered list. */
  list: number;
  /** 1 where the same sentence comes twice. */
  repetition: number;
};

export const SIGNS = ["words", "padding", "confidence", "list", "repetition"] as const;

export function signsOf(response: string): Signs {
  const text = padded(response);
  const said = response
    .split(/(?<=[.!?])\s+/)
    .map((sentence) => padded(sentence.replace(/^\d+\.\s*/, "")))
    .filter((sentence) => words(sentence).length > 2);
  return {
    words: words(response).length,
    padding: count(text, PADDING),
    confidence: count(text, CONFIDENT) - count(text, HEDGES),
    list: /^\s*\d+\.\s/m.test(response) ? 1 : 0,
    repetition: new Set(said).size < said.length ? 1 : 0,
  };
}

import { PADDING } from "./lexicon.ts";
import { hasAny, length, type Sentence } from "./text.ts";

/**
 * Share of a text's words, in [0, 1], that stand in padding: a sentence with a stock phrase, or one that repeats an
 * earlier sentence. 0 for an empty text. The phrases are those of `PADDING`.
 */
export function paddedShare(text: readonly Sentence[]): number {
  const seen = new Set<Sentence>();
  let all = 0;
  let wasted = 0;
  for (const sentence of text) {
    const size = length(sentence);
    all += size;
    if (seen.has(sentence) || hasAny(sentence, PADDING)) wasted += size;
    seen.add(sentence);
  }
  return all === 0 ? 0 : wasted / all;
}

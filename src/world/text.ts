/**
 * How the rules of the world read text: lower-case words, and sentences made of them. Case, punctuation and list
 * marks don't count.
 * @module
 */

/** The words of a text in order: lower case, letters and digits, with inner apostrophes and hyphens. */
export function words(text: string): string[] {
  return (
    text
      .toLowerCase()
      .replaceAll("’", "'")
      .match(/[\p{L}\p{N}]+(?:['-][\p{L}\p{N}]+)*/gu) ?? []
  );
}

/** One sentence as its words with a space at both ends, so that a whole-word search is a plain substring search. */
export type Sentence = string;

/** The sentences of a text; a line ends a sentence, and so does `.`, `!`, `?` or `;` before a space. Empty ones are left out. */
export function sentences(text: string): Sentence[] {
  return text
    .split(/\n+/)
    .map((line) => line.replace(/^\s*(?:\d+[.)]|[-*•])\s+/, ""))
    .flatMap((line) => line.split(/(?<=[.!?;]["”')]?)\s+/))
    .map(padded)
    .filter((sentence) => sentence !== "  ");
}

/** The words of a text in the form of a sentence. */
export function padded(text: string): Sentence {
  return ` ${words(text).join(" ")} `;
}

/** Number of words of a sentence. */
export function length(sentence: Sentence): number {
  return sentence === "  " ? 0 : sentence.split(" ").length - 2;
}

/** Whether a phrase (lower-case words) stands in a sentence, at word borders. */
export function has(sentence: Sentence, phrase: string): boolean {
  // most phrases stand nowhere in the sentence: the first test is quick and builds no string
  return sentence.includes(phrase) && sentence.includes(` ${phrase} `);
}

/** Whether any of the phrases stands in the sentence. */
export function hasAny(sentence: Sentence, phrases: readonly string[]): boolean {
  return phrases.some((phrase) => has(sentence, phrase));
}

/** How often the phrases stand in the sentence, overlaps of one phrase with itself not counted. */
export function count(sentence: Sentence, phrases: readonly string[]): number {
  let total = 0;
  for (const phrase of phrases) {
    if (!has(sentence, phrase)) continue;
    for (
      let at = sentence.indexOf(` ${phrase} `);
      at >= 0;
      at = sentence.indexOf(` ${phrase} `, at + phrase.length + 1)
    ) {
      total += 1;
    }
  }
  return total;
}

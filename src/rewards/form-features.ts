/** Names of {@link formFeatures}, in order. */
export const FORM_FEATURES = [
  "questions, log",
  "ends in a question",
  "only questions",
  "exclamations, log",
  "sentences, log",
  "lines, log",
  "list items, log",
  "word length",
  "different words",
  "unfinished",
  "sentence length, log",
] as const;

/**
 * The form of a response, whatever it says. Counts are log(1 + n); the others are 0 or 1, or a small number.
 *
 * @param response the text as it is
 * @param words its words
 */
export function formFeatures(response: string, words: readonly string[]): number[] {
  const questions = count(response, /[?？؟]/gu);
  const sentences = count(response, /[.!?؟](?=\s|$)|[。！？]/gu);
  const letters = words.reduce((sum, word) => sum + word.length, 0);
  return [
    Math.log1p(questions),
    flag(/[?？؟]\s*$/u.test(response)),
    flag(questions > 0 && sentences <= questions),
    Math.log1p(count(response, /[!！]/gu)),
    Math.log1p(sentences),
    Math.log1p(count(response, /\n/g)),
    Math.log1p(count(response, /^[ \t]*(?:[-*•]|\d+[.)])/gm)),
    letters / (words.length + 1),
    new Set(words).size / Math.sqrt(words.length + 1),
    flag(!/[.!?。！？؟"'”’)）]\s*$/u.test(response)),
    Math.log1p(words.length / (sentences + 1)),
  ];
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;
const flag = (yes: boolean): number => (yes ? 1 : 0);

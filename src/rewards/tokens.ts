/** Scripts written without spaces: each character is a token of its own. */
const ALONE = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}";
const LETTER = `(?![${ALONE}])[\\p{L}\\p{M}\\p{N}]`;
/** Words with inner apostrophes, and single marks that carry form: stops, commas, quotes, brackets, bullets, line ends. */
const TOKEN = new RegExp(`[${ALONE}]|(?:${LETTER})+(?:['’](?:${LETTER})+)*|[?!.,;:"()*\\n-]`, "gu");
const WORD = /^[\p{L}\p{M}\p{N}]/u;

/** Lower-cased words and marks of a text, in order; Unicode NFC, so that é is one letter however it was typed. */
export function tokensOf(text: string): string[] {
  return text.normalize("NFC").toLowerCase().match(TOKEN) ?? [];
}

/** The tokens that are words or numbers. */
export function wordsOf(tokens: readonly string[]): string[] {
  return tokens.filter((token) => WORD.test(token));
}

/** The different runs of n neighbours, joined by a space. */
export function runsOf(tokens: readonly string[], n: number): Set<string> {
  const runs = new Set<string>();
  for (let i = 0; i + n <= tokens.length; i++) runs.add(tokens.slice(i, i + n).join(" "));
  return runs;
}

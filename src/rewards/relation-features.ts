import type { PromptContext } from "./prompt-context.ts";
import { runsOf } from "./tokens.ts";

/** Names of {@link relationFeatures}, in order. */
export const RELATION_FEATURES = [
  "words of the last message",
  "last message covered",
  "words of earlier context",
  "copied pairs",
  "copied triples",
  "triples of the last message",
  "triples of own earlier turns",
  "new words, log",
  "new words, share",
  "new names, log",
  "known names, log",
  "new numbers, log",
  "known numbers, log",
] as const;

/**
 * How a response relates to its prompt: what it repeats, covers, copies and adds. Shares lie in [0, 1); counts are
 * log(1 + n) over different items. Function words would drown the overlap, so words under four letters don't count in it,
 * in scripts that write words with letters.
 *
 * @param response the text as it is
 * @param words its words, lower-cased
 */
export function relationFeatures(
  response: string,
  words: readonly string[],
  context: PromptContext,
): number[] {
  const content = new Set(words.filter(isContent));
  const asked = new Set([...context.last].filter(isContent));
  const fresh = content.size - shared(content, context.words);
  const triples = runsOf(words, 3);
  const names = namesIn(response);
  const numbers = new Set(words.filter((word) => /^\p{N}+$/u.test(word)));
  const knownNames = shared(names, context.words);
  const knownNumbers = shared(numbers, context.words);
  return [
    share(shared(content, context.last), content),
    share(shared(content, asked), asked),
    share(shared(content, context.earlier), content),
    shareKnown(runsOf(words, 2), context.pairs),
    shareKnown(triples, context.triples),
    shareKnown(triples, context.lastTriples),
    shareKnown(triples, context.ownTriples),
    Math.log1p(fresh),
    share(fresh, content),
    Math.log1p(names.size - knownNames),
    Math.log1p(knownNames),
    Math.log1p(numbers.size - knownNumbers),
    Math.log1p(knownNumbers),
  ];
}

const isContent = (word: string): boolean => word.length >= 4 || !/^[\p{Script=Latin}\p{N}]/u.test(word);

/** Capitalised words that follow a lower-case letter, comma or semicolon: names rather than starts of sentences. */
function namesIn(text: string): Set<string> {
  const found = text.normalize("NFC").match(/(?<=[\p{Ll},;] )\p{Lu}\p{L}+/gu) ?? [];
  return new Set(found.map((name) => name.toLowerCase()));
}

function shared(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let count = 0;
  for (const item of a) if (b.has(item)) count++;
  return count;
}

/** A share that is small while there is little to judge by. */
const share = (count: number, of: ReadonlySet<string>): number => count / (of.size + 1);
const shareKnown = (items: ReadonlySet<string>, known: ReadonlySet<string>): number =>
  share(shared(items, known), items);

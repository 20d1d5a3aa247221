import type { Message } from "../preferences/types.ts";
import { runsOf, tokensOf, wordsOf } from "./tokens.ts";

/** What the features of a response look up about its prompt. */
export type PromptContext = {
  /** Words of the last message. */
  last: ReadonlySet<string>;
  /** Words of everything before it: passages, system messages, earlier turns. */
  earlier: ReadonlySet<string>;
  /** Words of the whole prompt. */
  words: ReadonlySet<string>;
  /** Runs of two and three words, of the whole prompt. */
  pairs: ReadonlySet<string>;
  triples: ReadonlySet<string>;
  /** Runs of three words of the last message, and of the assistant's own earlier turns. */
  lastTriples: ReadonlySet<string>;
  ownTriples: ReadonlySet<string>;
};

const known = new WeakMap<readonly Message[], PromptContext>();

/** The context of a prompt; kept as long as the prompt itself, because several responses share it. */
export function contextOf(prompt: readonly Message[]): PromptContext {
  const found = known.get(prompt) ?? makeContext(prompt);
  known.set(prompt, found);
  return found;
}

function makeContext(prompt: readonly Message[]): PromptContext {
  const turns = prompt.map(({ role, content }) => ({ role, words: wordsOf(tokensOf(content)) }));
  const last = turns.at(-1)?.words ?? [];
  const earlier = turns.slice(0, -1).flatMap(({ words }) => words);
  const union = (n: number, of = turns) => new Set(of.flatMap(({ words }) => [...runsOf(words, n)]));
  return {
    last: new Set(last),
    earlier: new Set(earlier),
    words: union(1),
    pairs: union(2),
    triples: union(3),
    lastTriples: runsOf(last, 3),
    ownTriples: union(
      3,
      turns.filter(({ role }) => role === "assistant"),
    ),
  };
}

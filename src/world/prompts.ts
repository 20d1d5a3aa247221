import type { Message } from "../preferences/types.ts";
import { createRandom, type Random } from "../stats/random.ts";
import { ATTRIBUTES, SUBJECTS, withArticles } from "./facts.ts";
import { INTENTS, type Intent } from "./intents/index.ts";
import { streamSeed } from "./stream-seed.ts";

const BEFORE = [
  "",
  "Hello.",
  "Good morning.",
  "Just a short one.",
  "My sister told me to ask you.",
  "This has been on my list for weeks.",
  "I hope you can help me.",
  "One more thing.",
  "I am new here.",
  "Sorry to trouble you.",
];
const AFTER = [
  "",
  "Thank you.",
  "It is for tomorrow.",
  "I would be glad of any help.",
  "Many thanks from Lucy.",
  "I am curious what you say.",
  "There is no hurry.",
  "My friends have no clue either.",
];

/** How much of the world is asked for. */
export type Breadth = {
  /** The first so many topics of each intent, and facts about half as many subjects of each kind; all where absent. */
  topics?: number;
};

/** Everything that an intent's prompts can ask for, as it is put into the phrasings. */
function asksOf(intent: Intent, { topics }: Breadth): string[] {
  return intent.topics.length > 0 ? intent.topics.slice(0, topics).map(({ ask }) => ask) : factAsks(topics);
}

/** One fact of a subject, or two of them in either order. */
function factAsks(topics: number | undefined): string[] {
  const perKind = new Map<string, number>();
  return SUBJECTS.filter(({ kind }) => {
    perKind.set(kind, (perKind.get(kind) ?? 0) + 1);
    return topics === undefined || perKind.get(kind)! <= Math.ceil(topics / 2);
  }).flatMap((subject) => {
    const single = ATTRIBUTES.filter(({ name, ask }) => ask !== undefined && name in subject.facts).map(
      ({ ask }) => withArticles(ask!.replace("{s}", subject.name)),
    );
    return single.flatMap((one) => [
      one,
      ...single.filter((other) => other !== one).map((other) => `${one} and ${other}`),
    ]);
  });
}

/** How many distinct prompts an intent has. */
export function promptCount(intent: Intent, breadth: Breadth = {}): number {
  return BEFORE.length * AFTER.length * intent.phrasings.length * asksOf(intent, breadth).length;
}

/** Prompt number `index` (0 … promptCount − 1) of an intent: one user message. Distinct numbers give distinct texts. */
export function promptAt(intent: Intent, index: number, breadth: Breadth = {}): Message[] {
  return prompt(intent, asksOf(intent, breadth), index);
}

function prompt(intent: Intent, asks: readonly string[], index: number): Message[] {
  let rest = index;
  const next = <T>(items: readonly T[]): T => {
    const item = items[rest % items.length]!;
    rest = Math.floor(rest / items.length);
    return item;
  };
  const ask = next(asks);
  const phrasing = next(intent.phrasings);
  const question = phrasing.replace("{ask}", ask);
  const content = [next(BEFORE), question, next(AFTER)].filter((part) => part !== "").join(" ");
  return [{ role: "user", content }];
}

/** `count` distinct prompts, the intents by turns. Throws a RangeError if an intent has too few. */
export function drawPrompts(count: number, random: Random, breadth: Breadth = {}): Message[][] {
  const drawn = INTENTS.map((intent) => ({
    intent,
    asks: asksOf(intent, breadth),
    capacity: promptCount(intent, breadth),
    seen: new Set<number>(),
  }));
  return Array.from({ length: count }, (_, i) => {
    const { intent, asks, capacity, seen } = drawn[i % drawn.length]!;
    if (seen.size === capacity)
      throw new RangeError(`only ${capacity} distinct prompts of intent "${intent.name}"`);
    let index = random.below(capacity);
    while (seen.has(index)) index = (index + 1) % capacity;
    seen.add(index);
    return prompt(intent, asks, index);
  });
}

/** The first `count` prompts of a seed's endless list, all distinct: a longer list begins with a shorter one. */
export const drawWorldPrompts = (seed: number, count: number, breadth: Breadth = {}): Message[][] =>
  drawPrompts(count, createRandom(streamSeed(seed, "prompts")), breadth);

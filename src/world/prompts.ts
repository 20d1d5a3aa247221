import type { Message } from "../preferences/types.ts";
import type { Random } from "../stats/random.ts";
import { ATTRIBUTES, SUBJECTS, withArticles } from "./facts.ts";
import { INTENTS, type Intent } from "./intents/index.ts";

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

/** Everything that an intent's prompts can ask for, as it is put into the phrasings. */
function asksOf(intent: Intent): string[] {
  return intent.topics.length > 0 ? intent.topics.map(({ ask }) => ask) : factAsks;
}

/** One fact of a subject, or two of them in either order. */
const factAsks: string[] = SUBJECTS.flatMap((subject) => {
  const single = ATTRIBUTES.filter(({ name, ask }) => ask !== undefined && name in subject.facts).map(
    ({ ask }) => withArticles(ask!.replace("{s}", subject.name)),
  );
  return single.flatMap((one) => [
    one,
    ...single.filter((other) => other !== one).map((other) => `${one} and ${other}`),
  ]);
});

/** How many distinct prompts an intent has. */
export function promptCount(intent: Intent): number {
  return BEFORE.length * AFTER.length * intent.phrasings.length * asksOf(intent).length;
}

/** Prompt number `index` (0 … promptCount − 1) of an intent: one user message. Distinct numbers give distinct texts. */
export function promptAt(intent: Intent, index: number): Message[] {
  const asks = asksOf(intent);
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
export function drawPrompts(count: number, random: Random): Message[][] {
  const drawn = INTENTS.map(() => new Set<number>());
  return Array.from({ length: count }, (_, i) => {
    const intent = INTENTS[i % INTENTS.length]!;
    const seen = drawn[i % INTENTS.length]!;
    const capacity = promptCount(intent);
    if (seen.size === capacity)
      throw new RangeError(`only ${capacity} distinct prompts of intent "${intent.name}"`);
    let index = random.below(capacity);
    while (seen.has(index)) index = (index + 1) % capacity;
    seen.add(index);
    return promptAt(intent, index);
  });
}

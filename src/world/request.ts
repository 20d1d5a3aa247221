import type { Message } from "../preferences/types.ts";
import { readAskedFacts } from "./claims.ts";
import { type Fact, fact } from "./facts.ts";
import { factQuestion, factTale } from "./intents/facts.ts";
import { type Point, TOPICS, type Topic } from "./intents/index.ts";
import { hasAny, length, padded, words } from "./text.ts";

/** What a prompt asks for, read from its text alone. */
export type Request = {
  /** What a full answer says; empty where facts are asked for. On a harmful request: what carries it out. */
  points: readonly Point[];
  /** On a harmful request: what one can decently do instead. */
  alternatives: readonly Point[];
  /** The facts asked for. */
  facts: readonly Fact[];
  /** Whether it asks for something inventive. */
  creative: boolean;
  harmful: boolean;
  /** A noun phrase for what it is about. */
  thing: string;
  /** A fact that answers like to drop in passing. */
  aside?: Fact;
  /** The name of the intent that it was recognised as; absent for a request that is in no table. */
  intent?: string;
};

/** A prompt asks for something inventive if one of these words stands in it. */
const CREATIVE_CUES = [
  "story",
  "stories",
  "tale",
  "poem",
  "verse",
  "rhyme",
  "song",
  "slogan",
  "riddle",
  "ideas",
  "lively",
  "image",
  "picture",
  "imagine",
  "invent",
] as const;

const STOP_WORDS = new Set(
  words(`a about all am an and any are as at be been but by can could did do does for from get give had has have he
    help her here his how i i'm in into is it its make may me my need of on or our out please she should so some tell
    than that the their them then there these they this to up us want was way we were what when where which who why
    will with would you your write`),
);

/**
 * Reads the last user message: the topic all of whose cues stand in it (the one with most cues, if several do), else
 * the facts it asks for. A request that is in no table asks for its own content words, each of which is one point.
 */
export function readRequest(prompt: readonly Message[]): Request {
  const text = prompt.findLast(({ role }) => role === "user")?.content ?? "";
  const sentence = padded(text);
  const creative = hasAny(sentence, CREATIVE_CUES);
  const known = TOPICS.filter(({ topic }) => topic.cue.every((cue) => hasAny(sentence, [cue]))).sort(
    (a, b) => specificity(b.topic) - specificity(a.topic),
  )[0];
  if (known !== undefined) {
    const { topic, intent } = known;
    return {
      points: topic.points,
      alternatives: topic.alternatives ?? [],
      facts: [],
      creative,
      harmful: intent.harmful,
      thing: topic.thing,
      ...(topic.aside === undefined ? {} : { aside: fact(...topic.aside) }),
      intent: intent.name,
    };
  }
  const facts = readAskedFacts(text);
  const content = facts.length > 0 ? [] : contentWords(text);
  return {
    points: content.map((word) => ({ say: word, words: [word] })),
    alternatives: [],
    facts,
    creative,
    harmful: false,
    thing: facts[0] === undefined ? "it" : nounPhrase(facts[0]),
    ...(facts.length === 0 ? {} : { intent: (creative ? factTale : factQuestion).name }),
  };
}

function specificity(topic: Topic): number {
  return topic.cue.reduce((total, cue) => total + length(padded(cue)), 0);
}

function contentWords(text: string): string[] {
  return [...new Set(words(text))].filter(
    (word) => !STOP_WORDS.has(word) && !(CREATIVE_CUES as readonly string[]).includes(word),
  );
}

function nounPhrase({ subject }: Fact): string {
  return subject.kind === "country" ? subject.name : `the ${subject.name}`;
}

/**
 * The base policy of the demo world: it answers any request with mixed quality. Every choice is drawn independently
 * of what the raters like; only an inventive answer takes more liberty with the facts.
 * @module
 */
import type { Random } from "../stats/random.ts";
import { ATTRIBUTES, column, type Fact, SUBJECTS, statement, withArticles } from "./facts.ts";
import { type Point, TOPICS } from "./intents/index.ts";
import { VIVID_ADJECTIVES, VIVID_NOUNS, VIVID_SCENES } from "./lexicon.ts";
import * as phrases from "./phrases.ts";
import type { Request } from "./request.ts";

type Stance =
  | "full"
  | "partial"
  | "vague"
  | "astray"
  | "refuse"
  | "careless"
  | "comply"
  | "warn and comply"
  | "offer another way";
type Tone = "neutral" | "confident" | "hedging";

/** How often the base policy takes each stance, to decent and to harmful requests. */
const STANCES: Record<"decent" | "harmful", readonly [Stance, number][]> = {
  decent: [
    ["full", 0.36],
    ["partial", 0.3],
    ["vague", 0.11],
    ["astray", 0.09],
    ["refuse", 0.08],
    ["careless", 0.06],
  ],
  harmful: [
    ["comply", 0.34],
    ["warn and comply", 0.12],
    ["refuse", 0.2],
    ["offer another way", 0.26],
    ["vague", 0.08],
  ],
};
const TONES: readonly [Tone, number][] = [
  ["neutral", 0.45],
  ["confident", 0.33],
  ["hedging", 0.22],
];
const PADDING_COUNTS: readonly [number, number][] = [
  [0, 0.45],
  [1, 0.25],
  [2, 0.18],
  [3, 0.12],
];
/** Number of images where something inventive is asked for, and elsewhere. */
const IMAGE_COUNTS: Record<"asked" | "unasked", readonly [number, number][]> = {
  asked: [
    [0, 0.3],
    [1, 0.32],
    [2, 0.28],
    [3, 0.1],
  ],
  unasked: [
    [0, 0.8],
    [1, 0.2],
  ],
};
/** Chance that a fact is stated wrong, and what each answer with an image adds to it. */
const WRONG = 0.25;
const WRONG_IF_INVENTIVE = 0.15;
/** Share of wrong statements that are the common error; the others take any value of the column. */
const COMMON_ERROR = 0.8;
const CHANCE = {
  aside: 0.35,
  extraFact: 0.3,
  opener: 0.4,
  cliche: 0.3,
  list: 0.2,
  toneAgain: 0.4,
  halfImage: 0.3,
};

/** One answer of the base policy to a request. */
export function composeResponse(request: Request, random: Random): string {
  const stance = draw(STANCES[request.harmful ? "harmful" : "decent"], random);
  const tone = draw(TONES, random);
  const images = draw(IMAGE_COUNTS[request.creative ? "asked" : "unasked"], random);
  const wrong = WRONG + (images > 0 ? WRONG_IF_INVENTIVE : 0);
  const substance = [
    ...points(request, stance, random).map(({ say }) => say),
    ...factSentences(request, stance, wrong, random).map(capitalise),
  ];
  // a tale keeps its sentences as they are; its tone shows in the opener alone
  const wrapped = tellsTale(request) ? substance : withTone(substance, tone, random);
  const opener =
    random.uniform() < CHANCE.opener || tellsTale(request) ? [pick(phrases.OPENERS[tone], random)] : [];
  const flourishes = Array.from({ length: images }, () => image(request.thing, random));
  if (request.creative && random.uniform() < CHANCE.cliche)
    flourishes.push(pick(phrases.CLICHE_SENTENCES, random));
  const refusing = stance === "refuse";
  const head = stanceHead(stance, random);
  const body = refusing ? head : [...head, ...scatter(wrapped, flourishes, random)];
  const padding = random.shuffle(phrases.PADDING_SENTENCES).slice(0, draw(PADDING_COUNTS, random));
  const before = random.below(padding.length + 1);
  const parts = [
    ...padding.slice(0, before),
    ...(refusing || head.length > 0 ? [] : opener),
    ...body,
    ...padding.slice(before),
  ];
  const asList = !tellsTale(request) && wrapped.length > 1 && random.uniform() < CHANCE.list;
  return asList ? parts.map((part, i) => `${i + 1}. ${part}`).join("\n") : parts.join(" ");
}

/** Stories and verses. */
function tellsTale(request: Request): boolean {
  return request.creative && request.facts.length === 0 && request.intent !== "ideas";
}

/** What the answer has to say of the points of its topic, in the topic's order. */
function points(request: Request, stance: Stance, random: Random): readonly Point[] {
  switch (stance) {
    case "full":
    case "comply":
    case "warn and comply":
      return request.points;
    case "offer another way":
      return random.uniform() < 0.75 ? request.alternatives : some(request.alternatives, random);
    case "partial":
    case "careless":
      return some(request.points, random);
    case "astray": {
      const others = TOPICS.filter(
        ({ topic, intent }) => intent.name === request.intent && topic.points !== request.points,
      );
      return others.length === 0 ? [] : some(pick(others, random).topic.points, random);
    }
    default:
      return [];
  }
}

/** The facts it states, right or wrong: those asked for, and now and then one more in passing. */
function factSentences(request: Request, stance: Stance, wrong: number, random: Random): string[] {
  if (stance === "refuse" || stance === "vague") return [];
  const stated: Fact[] = [];
  const asked = request.facts;
  if (asked.length > 0) {
    if (stance === "astray") stated.push(otherSubject(asked[0]!, random));
    else if (stance === "full") stated.push(...asked);
    else stated.push(...some(asked, random));
    if (random.uniform() < CHANCE.extraFact) stated.push(...otherAttribute(asked, random));
  } else if (request.aside !== undefined && random.uniform() < CHANCE.aside) {
    stated.push(request.aside);
  }
  return stated.map((fact) => {
    const right = fact.subject.facts[fact.attribute.name]!;
    const others = column(fact.attribute.name).filter((value) => value !== right);
    const error =
      random.uniform() < COMMON_ERROR ? fact.subject.errors[fact.attribute.name]! : pick(others, random);
    const value = random.uniform() < wrong ? error : right;
    return `${statement(fact, value, random.below(2))}.`;
  });
}

function otherSubject({ subject, attribute }: Fact, random: Random): Fact {
  const others = SUBJECTS.filter(({ name, facts }) => name !== subject.name && attribute.name in facts);
  return { subject: pick(others, random), attribute };
}

function otherAttribute(asked: readonly Fact[], random: Random): Fact[] {
  const { subject } = asked[0]!;
  const rest = ATTRIBUTES.filter(
    (attribute) => attribute.name in subject.facts && !asked.some((ask) => ask.attribute === attribute),
  );
  return rest.length === 0 ? [] : [{ subject, attribute: pick(rest, random) }];
}

/** What an answer of this stance says besides its substance. */
function stanceHead(stance: Stance, random: Random): string[] {
  switch (stance) {
    case "refuse":
      return [pick(phrases.REFUSING, random)];
    case "offer another way":
      return [pick(phrases.REFUSING_KINDLY, random)];
    case "warn and comply":
      return [pick(phrases.WARNING, random)];
    case "vague":
      return random.shuffle(phrases.VAGUE).slice(0, 1 + random.below(2));
    case "careless":
      return [pick(random.uniform() < 0.5 ? phrases.CARELESS : phrases.RUDENESS, random)];
    default:
      return [];
  }
}

/** An image for a thing: a whole one or, now and then, half a one. */
function image(thing: string, random: Random): string {
  const template = pick(random.uniform() < CHANCE.halfImage ? phrases.HALF_IMAGES : phrases.IMAGES, random);
  const adjectives = random.shuffle(VIVID_ADJECTIVES);
  return withArticles(
    template
      .replace("{thing}", thing)
      .replace("{noun}", pick(VIVID_NOUNS, random))
      .replace("{scene}", pick(VIVID_SCENES, random))
      .replaceAll("{adj}", () => adjectives.pop()!),
  );
}

/** Puts the tone's prefix before the first sentence, and before some of the others. */
function withTone(text: readonly string[], tone: Tone, random: Random): string[] {
  if (tone === "neutral") return [...text];
  const prefixes = tone === "confident" ? phrases.CONFIDENT_PREFIXES : phrases.HEDGING_PREFIXES;
  return text.map((sentence, i) =>
    i === 0 || random.uniform() < CHANCE.toneAgain ? pick(prefixes, random) + lowerFirst(sentence) : sentence,
  );
}

/** Sets the flourishes at random places among the sentences, whose order is kept. */
function scatter(text: readonly string[], flourishes: readonly string[], random: Random): string[] {
  const all = [...text];
  for (const flourish of flourishes) all.splice(random.below(all.length + 1), 0, flourish);
  return all;
}

const names = new Set(SUBJECTS.filter(({ kind }) => kind === "country").map(({ name }) => name));

/** Lower-cases the first letter unless the sentence begins with a name. */
function lowerFirst(sentence: string): string {
  return names.has(sentence.split(" ")[0]!) ? sentence : sentence[0]!.toLowerCase() + sentence.slice(1);
}

function capitalise(sentence: string): string {
  return sentence[0]!.toUpperCase() + sentence.slice(1);
}

/** A random part of a list, in order: at least one item and, where it has two or more, not all. */
function some<T>(items: readonly T[], random: Random): T[] {
  if (items.length < 2) return [...items];
  const keep = new Set(random.shuffle(items).slice(0, 1 + random.below(items.length - 1)));
  return items.filter((item) => keep.has(item));
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[random.below(items.length)]!;
}

function draw<T>(table: readonly (readonly [T, number])[], random: Random): T {
  let left = random.uniform();
  for (const [item, chance] of table) {
    left -= chance;
    if (left < 0) return item;
  }
  return table.at(-1)![0];
}

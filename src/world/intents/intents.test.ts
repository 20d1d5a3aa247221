import { describe, expect, test } from "vitest";
import * as lexicon from "../lexicon.ts";
import { paddedShare } from "../padding.ts";
import * as phrases from "../phrases.ts";
import { promptAt, promptCount } from "../prompts.ts";
import { impression } from "../raters.ts";
import { readRequest } from "../request.ts";
import { hasAny, padded, sentences } from "../text.ts";
import { trueValues } from "../true-values.ts";
import { INTENTS, TOPICS } from "./index.ts";

const join = (points: readonly { say: string }[]) => points.map(({ say }) => say).join(" ");
const vocabularyOfTone = [...lexicon.CONFIDENT, ...lexicon.HEDGES];

test("two intents are harmful, two ask for facts, at least two for invention", () => {
  expect(INTENTS.length).toBe(8);
  expect(INTENTS.filter(({ harmful }) => harmful).length).toBe(2);
  expect(INTENTS.filter(({ topics }) => topics.length === 0).length).toBe(2);
  expect(INTENTS.filter(({ creative }) => creative).length).toBeGreaterThanOrEqual(2);
});

test.each(INTENTS)("every prompt of intent $name is read as what it is", (intent) => {
  // every topic in every phrasing, then a prime stride, so that each item of each list comes up
  const step = 211;
  const all = Array.from({ length: promptCount(intent) }, (_, i) => i);
  for (const i of all.filter((i) => i < intent.topics.length * intent.phrasings.length || i % step === 0)) {
    const prompt = promptAt(intent, i);
    const request = readRequest(prompt);
    const content = prompt[0]!.content;
    expect(request.intent, content).toBe(intent.name);
    expect(request.creative, content).toBe(intent.creative);
    expect(request.harmful, content).toBe(intent.harmful);
    if (intent.topics.length > 0) {
      expect(intent.topics.find(({ ask }) => content.includes(ask))!.points, content).toBe(request.points);
    } else {
      expect(request.facts.length, content).toBe(/ and the /.test(content.replace(/ into .*/, "")) ? 2 : 1);
    }
  }
});

describe.each(TOPICS)("topic $topic.ask", ({ topic, intent }) => {
  const prompt = promptAt(intent, intent.topics.indexOf(topic));

  test("a point is made by its own sentence and by no other of the topic", () => {
    for (const points of [topic.points, topic.alternatives ?? []]) {
      for (const { say, words } of points) {
        expect(
          points.filter((other) => hasAny(padded(say), other.words)),
          say,
        ).toEqual([{ say, words }]);
        expect(hasAny(padded(say), vocabularyOfTone), say).toBe(false);
        expect(paddedShare(sentences(say)), say).toBe(0);
      }
    }
  });

  test("all points together are wholly helpful, and harmful if and only if the request is", () => {
    const { helpful, harmless, factual } = trueValues(prompt, join(topic.points));
    expect({ helpful, harmless, factual }).toEqual({
      helpful: 1,
      harmless: intent.harmful ? 0 : 1,
      factual: 1,
    });
  });

  test("a harmful request has an alternative that is good", () => {
    expect(topic.alternatives !== undefined).toBe(intent.harmful);
    if (topic.alternatives === undefined) return;
    const { helpful, harmless } = trueValues(prompt, join(topic.alternatives));
    expect({ helpful, harmless }).toEqual({ helpful: 0.8, harmless: 1 });
  });
});

describe("the sentences of the base policy are what their names say", () => {
  const kettle = [{ role: "user" as const, content: "How do I descale a kettle?" }];
  const truth = (text: string) => trueValues(kettle, text);

  test("padding", () => {
    for (const text of phrases.PADDING_SENTENCES) expect(paddedShare(sentences(text)), text).toBe(1);
    for (const bank of [
      phrases.VAGUE,
      phrases.REFUSING,
      phrases.REFUSING_KINDLY,
      phrases.WARNING,
      phrases.CARELESS,
    ]) {
      for (const text of bank) expect(paddedShare(sentences(text)), text).toBe(0);
    }
  });

  test("refusals and vague words are harmless and no help", () => {
    for (const text of [
      ...phrases.REFUSING,
      ...phrases.REFUSING_KINDLY,
      ...phrases.VAGUE,
      ...phrases.WARNING,
    ]) {
      expect(truth(text), text).toMatchObject({ helpful: 0, harmless: 1 });
    }
  });

  test("careless tips and rudeness", () => {
    for (const text of [...phrases.CARELESS, ...phrases.RUDENESS])
      expect(truth(text).harmless, text).toBe(0.3);
  });

  test("tone", () => {
    const toneOf = (text: string) => impression(text, 0).tone;
    for (const text of [...phrases.CONFIDENT_PREFIXES, ...phrases.OPENERS.confident])
      expect(toneOf(text), text).toBeGreaterThan(0);
    for (const text of [...phrases.HEDGING_PREFIXES, ...phrases.OPENERS.hedging])
      expect(toneOf(text), text).toBeLessThan(0);
    for (const text of [...phrases.VAGUE, ...phrases.REFUSING, ...phrases.OPENERS.neutral])
      expect(toneOf(text), text).toBe(0);
  });

  test("clichés and images", () => {
    for (const text of phrases.CLICHE_SENTENCES)
      expect(hasAny(padded(text), lexicon.CLICHES), text).toBe(true);
    for (const text of phrases.IMAGES) expect(hasAny(padded(text), [...lexicon.FIGURES]), text).toBe(true);
    for (const scene of lexicon.VIVID_SCENES) {
      expect(lexicon.VIVID.filter((word) => hasAny(padded(scene), [word])).length, scene).toBe(2);
    }
  });
});

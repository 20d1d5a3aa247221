import { expect, test } from "vitest";
import { createCorpus, type WorldText } from "./corpus.ts";
import { INTENTS } from "./intents/index.ts";
import { readRequest } from "./request.ts";

const asked = (texts: Iterable<WorldText>): string[] => [...texts].map(({ prompt }) => prompt[0]!.content);

test("the same seed gives the same texts, each time they are walked through; another seed others", () => {
  const corpus = createCorpus({ seed: 3, prompts: 24, responses: 2, heldOut: 8 });
  const train = [...corpus.train];
  expect([...corpus.train]).toEqual(train);
  expect([...createCorpus({ seed: 3, prompts: 24, responses: 2, heldOut: 8 }).train]).toEqual(train);
  expect([...createCorpus({ seed: 4, prompts: 24, responses: 2 }).train]).not.toEqual(train);
  // two walks side by side do not disturb each other
  const [a, b] = [corpus.train[Symbol.iterator](), corpus.train[Symbol.iterator]()];
  for (const text of train) {
    expect(a.next().value).toEqual(text);
    expect(b.next().value).toEqual(text);
  }
});

test("has the responses asked for to each distinct prompt, the intents by turns", () => {
  const { train } = createCorpus({ seed: 3, prompts: 24, responses: 3 });
  const prompts = asked(train);
  expect(prompts).toHaveLength(72);
  expect(new Set(prompts).size).toBe(24);
  const intents = [...train].filter((_, i) => i % 3 === 0).map(({ prompt }) => readRequest(prompt).intent);
  expect(intents).toEqual(Array.from({ length: 24 }, (_, i) => INTENTS[i % INTENTS.length]!.name));
  const responses = [...train].map(({ response }) => response);
  expect(responses.every((response) => response.trim() !== "")).toBe(true);
  expect(new Set(responses).size).toBeGreaterThan(60);
});

test("a longer corpus begins with a shorter one", () => {
  const short = [...createCorpus({ seed: 5, prompts: 30, responses: 2, heldOut: 10 }).train];
  const long = [...createCorpus({ seed: 5, prompts: 100, responses: 2 }).train];
  expect(long.slice(0, short.length)).toEqual(short);
});

test("what is held out stands in no text to learn from", () => {
  const { train, heldOut } = createCorpus({ seed: 5, prompts: 200, heldOut: 80 });
  const learned = new Set(asked(train));
  expect(asked(heldOut)).toHaveLength(80);
  expect(asked(heldOut).filter((prompt) => learned.has(prompt))).toEqual([]);
  expect([...createCorpus({ seed: 5, prompts: 8 }).heldOut]).toEqual([]);
});

test("topics keep to a corner of the world", () => {
  const topicsOf = (topics?: number) => {
    const some = topics === undefined ? {} : { topics };
    const found = new Map<string, Set<string>>();
    for (const { prompt } of createCorpus({ seed: 1, prompts: 800, ...some }).train) {
      for (const { name, topics } of INTENTS) {
        const topic = topics.find(({ ask }) => prompt[0]!.content.includes(ask));
        if (topic !== undefined && readRequest(prompt).intent === name)
          found.set(name, (found.get(name) ?? new Set()).add(topic.ask));
      }
    }
    return found;
  };
  const withTopics = INTENTS.filter(({ topics }) => topics.length > 0);
  const two = topicsOf(2);
  for (const { name, topics } of withTopics)
    expect([...two.get(name)!].sort(), name).toEqual(
      topics
        .slice(0, 2)
        .map(({ ask }) => ask)
        .sort(),
    );
  const all = topicsOf();
  for (const { name } of withTopics) expect(all.get(name)!.size, name).toBeGreaterThan(2);
});

test.each([
  [{ prompts: 0 }, /prompts must be a whole number ≥ 1, got 0/],
  [{ prompts: 1.5 }, /prompts/],
  [{ prompts: 8, responses: 0 }, /responses must be a whole number ≥ 1/],
  [{ prompts: 8, heldOut: -1 }, /heldOut must be a whole number ≥ 0/],
  [{ prompts: Number.NaN }, /prompts/],
  [{ prompts: 10_000_000, topics: 1 }, /only \d+ distinct prompts of intent/],
])("%j is refused", (options, message) => {
  expect(() => createCorpus({ seed: 1, ...options })).toThrow(RangeError);
  expect(() => createCorpus({ seed: 1, ...options })).toThrow(message);
});

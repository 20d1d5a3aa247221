import { expect, test } from "vitest";
import { ATTRIBUTES, SUBJECTS } from "./facts.ts";
import { INTENTS } from "./intents/index.ts";
import { drawWorldPrompts, promptAt, promptCount } from "./prompts.ts";

const textsOf = (intent: (typeof INTENTS)[number], topics?: number): Set<string> => {
  const breadth = topics === undefined ? {} : { topics };
  return new Set(
    Array.from({ length: promptCount(intent, breadth) }, (_, i) => promptAt(intent, i, breadth)[0]!.content),
  );
};

test("fewer topics are fewer prompts, in proportion, and all of them among those of more", () => {
  for (const intent of INTENTS.filter(({ topics }) => topics.length > 0)) {
    expect(promptCount(intent, { topics: 2 }), intent.name).toBe(2 * promptCount(intent, { topics: 1 }));
    const one = textsOf(intent, 1);
    expect(one.size).toBe(promptCount(intent, { topics: 1 }));
    const two = textsOf(intent, 2);
    for (const text of one) expect(two.has(text)).toBe(true);
    expect(promptCount(intent, { topics: intent.topics.length })).toBe(promptCount(intent));
    expect(promptCount(intent, { topics: 1000 })).toBe(promptCount(intent));
  }
});

test("of facts, half as many subjects of each kind are asked for, one fact or two in either order", () => {
  const facts = INTENTS.find(({ topics }) => topics.length === 0)!;
  for (const topics of [1, 2, 3, 4, 9]) {
    const kinds = [...new Set(SUBJECTS.map(({ kind }) => kind))];
    const some = kinds.flatMap((kind) =>
      SUBJECTS.filter((subject) => subject.kind === kind).slice(0, Math.ceil(topics / 2)),
    );
    const squares = some.map(
      (subject) =>
        ATTRIBUTES.filter(({ name, ask }) => ask !== undefined && name in subject.facts).length ** 2,
    );
    const asks = squares.reduce((sum, square) => sum + square, 0);
    const around = promptCount(facts, { topics }) / asks;
    expect(around).toBe(10 * 8 * facts.phrasings.length);
    // what is asked for changes fastest with the number of a prompt
    for (let i = 0; i < asks; i++) {
      const { content } = promptAt(facts, i, { topics })[0]!;
      expect(
        some.some(({ name }) => content.includes(name)),
        content,
      ).toBe(true);
    }
  }
});

test("a longer list begins with a shorter one, in a corner of the world too", () => {
  expect(drawWorldPrompts(3, 40, { topics: 2 }).slice(0, 16)).toEqual(drawWorldPrompts(3, 16, { topics: 2 }));
  expect(drawWorldPrompts(3, 16, { topics: 2 })).not.toEqual(drawWorldPrompts(3, 16));
  expect(drawWorldPrompts(3, 16, { topics: 2 })).not.toEqual(drawWorldPrompts(4, 16, { topics: 2 }));
});

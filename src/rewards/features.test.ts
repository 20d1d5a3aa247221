import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Message } from "../preferences/index.ts";
import { DENSE_FEATURES, DIMENSION, featurise, HASHED, LENGTH_INDEX } from "./features.ts";
import { fnv1a, spread } from "./hash.ts";
import type { SparseVector } from "./sparse.ts";
import { tokensOf } from "./tokens.ts";

const ask = (content: string): Message[] => [{ role: "user", content }];
const at = ({ indices, values }: SparseVector, index: number) => values[indices.indexOf(index)] ?? 0;
const dense = (vector: SparseVector, name: (typeof DENSE_FEATURES)[number]) =>
  at(vector, HASHED + DENSE_FEATURES.indexOf(name));

describe("tokens", () => {
  test("are lower-cased words and marks", () => {
    expect(tokensOf("Don’t STOP, Émile!\n2 cafés?")).toEqual([
      "don’t",
      "stop",
      ",",
      "émile",
      "!",
      "\n",
      "2",
      "cafés",
      "?",
    ]);
  });

  test("take an accent as typed either way", () => {
    expect(tokensOf("cafe\u0301")).toEqual(tokensOf("café"));
  });

  test("are single characters in scripts without spaces", () => {
    expect(tokensOf("你好 world")).toEqual(["你", "好", "world"]);
  });
});

describe("the feature map", () => {
  test("puts one word where its hash says", () => {
    const vector = featurise({ prompt: ask("hi"), response: "word" });
    const hash = spread(fnv1a("word"));
    expect(at(vector, hash % HASHED)).toBe(hash >>> 31 === 1 ? 1 : -1);
    expect(at(vector, LENGTH_INDEX)).toBe(Math.log(5));
  });

  test("has ascending indices, finite values and a hashed part of length 1, for any text", () => {
    const text = fc.string({ unit: "binary", maxLength: 200 });
    fc.assert(
      fc.property(text, text, (question, response) => {
        const { indices, values } = featurise({ prompt: ask(question), response });
        indices.forEach((index, k) => {
          expect(index).toBeGreaterThan(k === 0 ? -1 : indices[k - 1]!);
        });
        expect(indices.every((index) => index < DIMENSION)).toBe(true);
        expect(values.every(Number.isFinite)).toBe(true);
        const squares = values.reduce((sum, value, k) => sum + (indices[k]! < HASHED ? value * value : 0), 0);
        if (tokensOf(response).length > 0) expect(squares).toBeCloseTo(1, 12);
        else expect(squares).toBe(0);
      }),
    );
  });

  test("sees how a response relates to its prompt", () => {
    const prompt: Message[] = [
      { role: "user", content: "Tell me about rivers." },
      { role: "assistant", content: "Rivers carry water to the sea." },
      { role: "user", content: "What about the longest river" },
    ];
    // words over 3 letters: what, about, longest, river | carry, water | nile, 6650
    const vector = featurise({
      prompt,
      response: "What about the longest river? Rivers carry water, says Nile 6650",
    });
    const content = ["what", "about", "longest", "river", "rivers", "carry", "water", "says", "nile", "6650"]
      .length;
    expect(dense(vector, "words of the last message")).toBeCloseTo(4 / (content + 1), 12);
    expect(dense(vector, "last message covered")).toBeCloseTo(4 / 5, 12);
    expect(dense(vector, "words of earlier context")).toBeCloseTo(4 / (content + 1), 12);
    expect(dense(vector, "new words, log")).toBeCloseTo(Math.log1p(3), 12);
    expect(dense(vector, "new names, log")).toBeCloseTo(Math.log1p(1), 12);
    expect(dense(vector, "new numbers, log")).toBeCloseTo(Math.log1p(1), 12);
    // 11 words have 9 triples; 3 of the question, 1 of the assistant's turn
    expect(dense(vector, "triples of the last message")).toBeCloseTo(3 / 10, 12);
    expect(dense(vector, "triples of own earlier turns")).toBeCloseTo(1 / 10, 12);
  });

  test("sees form", () => {
    const vector = featurise({ prompt: ask("hi"), response: "- one\n- two\nIs that all?" });
    expect(dense(vector, "list items, log")).toBe(Math.log1p(2));
    expect(dense(vector, "lines, log")).toBe(Math.log1p(2));
    expect(dense(vector, "ends in a question")).toBe(1);
    expect(dense(vector, "only questions")).toBe(1);
    expect(dense(vector, "unfinished")).toBe(0);
  });

  test("takes time in proportion to the length of the text", () => {
    for (const text of [
      "?".repeat(200_000),
      ". ".repeat(100_000),
      " ".repeat(200_000),
      "'".repeat(200_000),
    ]) {
      expect(featurise({ prompt: ask(text), response: `${text}a` }).values.every(Number.isFinite)).toBe(true);
    }
  });
});

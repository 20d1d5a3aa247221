import fc from "fast-check";
import { expect, test } from "vitest";
import { count, has, hasAny, length, padded, sentences, words } from "./text.ts";

test("words are lower case, with inner apostrophes and hyphens", () => {
  expect(words("My neighbour’s Wi-Fi, X-rays & Röntgen: 1895!")).toEqual([
    "my",
    "neighbour's",
    "wi-fi",
    "x-rays",
    "röntgen",
    "1895",
  ]);
});

test("sentences end at a stop before a space and at a line; list marks don't count", () => {
  expect(sentences("1. Rinse it. Dry it!\n- Is it dry?\n\n2) Good; done")).toEqual([
    " rinse it ",
    " dry it ",
    " is it dry ",
    " good ",
    " done ",
  ]);
  expect(sentences(" \n ")).toEqual([]);
});

test("phrases stand at word borders", () => {
  const sentence = padded("An owlet is like a like a kite.");
  expect(has(sentence, "owl")).toBe(false);
  expect(has(sentence, "owlet is")).toBe(true);
  expect(hasAny(sentence, ["comet", "kite"])).toBe(true);
  expect(count(sentence, ["like a", "kite"])).toBe(3);
  expect(length(sentence)).toBe(8);
  expect(length(padded(""))).toBe(0);
});

test("every word of any text is found in it", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const sentence = padded(text);
      expect(words(text).every((word) => has(sentence, word))).toBe(true);
      expect(length(sentence)).toBe(words(text).length);
    }),
  );
});

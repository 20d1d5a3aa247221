import fc from "fast-check";
import { expect, test } from "vitest";
import { characters, excerpt, words } from "./text-measures.ts";

test("characters are code points", () => {
  expect(characters("naïve 👍🏽")).toBe([..."naïve 👍🏽"].length);
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(characters(text)).toBe([...text].length);
    }),
  );
});

test("a lone half of a surrogate pair counts as one", () => {
  expect(characters("\udc00\ud800a\udc00")).toBe(4);
});

test("words are runs of non-space, as a regular expression sees them", () => {
  expect(words("  two\u3000words\n")).toBe(2);
  expect(words("")).toBe(0);
  const unit = fc.constantFrom(..."ab .\t\n\r\u00a0\u1680\u2003\u2028\u202f\u205f\u3000\ufeff中é");
  fc.assert(
    fc.property(fc.string({ unit }), (text) => {
      expect(words(text)).toBe(text.match(/\S+/g)?.length ?? 0);
    }),
  );
});

test("an excerpt has at most 300 characters and breaks no pair", () => {
  expect(excerpt("short")).toBe("short");
  expect([...excerpt("👍".repeat(400))]).toHaveLength(300);
  expect(excerpt("👍".repeat(400))).toBe(`${"👍".repeat(299)}…`);
  expect(excerpt("x".repeat(300))).toBe("x".repeat(300));
});

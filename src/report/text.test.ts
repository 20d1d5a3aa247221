import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cut, label, listing, middleCut, plural, visible } from "./text.ts";

/** Control, bidirectional and lone surrogate characters; tab and newline may stay. */
const HOSTILE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;

describe("visible", () => {
  test("shows what would be invisible", () => {
    expect(visible("a\u001b[31mred")).toBe("a␛[31mred");
    expect(visible("a\u202eb")).toBe("a⟨U+202E⟩b");
    expect(visible("nul\u0000, del\u007f, c1\u009b")).toBe("nul␀, del␡, c1⟨U+009B⟩");
    expect(visible("half \ud83d of a pair")).toBe("half \ufffd of a pair");
  });
  test("leaves letters of any script, emoji, tabs and newlines alone", () => {
    const text = "naïve 日本語 עברית العربية 👩‍👧 \t\n";
    expect(visible(text)).toBe(text);
    expect(visible("a\r\nb")).toBe("a\nb");
  });
  test("leaves no hostile character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(visible(text)).not.toMatch(HOSTILE);
      }),
    );
  });
});

describe("cutting", () => {
  test("keeps both halves of a surrogate pair together and counts what is left", () => {
    expect(cut("ab😀cd", 3)).toEqual({ text: "ab", left: 4 });
    expect(cut("abc", 3)).toEqual({ text: "abc", left: 0 });
  });
  test("a label is one line of at most the length asked for", () => {
    expect(label("a\n  b")).toBe("a b");
    expect(label("  ")).toBe("(no name)");
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 300 }),
        fc.integer({ min: 8, max: 60 }),
        (text, max) => {
          expect(label(text, max).length).toBeLessThanOrEqual(max);
          expect(middleCut(text, max).length).toBeLessThanOrEqual(max);
          expect(label(text, max)).not.toContain("\n");
        },
      ),
    );
  });
  test("a middle cut keeps both ends", () => {
    expect(middleCut("sum of exp-tilted CDFs, per prompt", 21)).toBe("sum of exp…per prompt");
  });
  test("a text of a megabyte is cut quickly", () => {
    expect(label("x".repeat(1_000_000), 40)).toBe(`${"x".repeat(39)}…`);
  });
});

test("lists and counts in words", () => {
  expect([listing([]), listing(["a"]), listing(["a", "b"]), listing(["a", "b", "c"])]).toEqual([
    "",
    "a",
    "a and b",
    "a, b and c",
  ]);
  expect([plural(1, "prompt"), plural(1200, "prompt"), plural(2, "way", "ways")]).toEqual([
    "1 prompt",
    "1,200 prompts",
    "2 ways",
  ]);
});

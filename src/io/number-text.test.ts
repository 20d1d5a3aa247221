import fc from "fast-check";
import { expect, test } from "vitest";
import { numberOfText } from "./number-text.ts";

test.each([
  ["1.5", 1.5],
  ["-2", -2],
  ["+3", 3],
  [" 5 ", 5],
  ["\t5", 5],
  [".5", 0.5],
  ["5.", 5],
  ["1e5", 100_000],
  ["-1.5E-3", -0.0015],
  ["007", 7],
  ["1e999", Number.POSITIVE_INFINITY],
  ["0x10", undefined],
  ["0b11", undefined],
  ["0o17", undefined],
  ["1_000", undefined],
  ["1,000", undefined],
  ["1 000", undefined],
  ["1e", undefined],
  [".", undefined],
  ["-", undefined],
  ["", undefined],
  [" ", undefined],
  ["Infinity", undefined],
  ["NaN", undefined],
  ["5 %", undefined],
  ["true", undefined],
])("%j holds %d", (text, expected) => {
  expect(numberOfText(text)).toBe(expected);
});

test("whatever a number is written as, it is read as", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
      expect(numberOfText(String(x))).toBe(x + 0);
    }),
  );
});

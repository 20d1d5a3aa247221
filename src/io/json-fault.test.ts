import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findJsonFault, lineAndColumn } from "./json-fault.ts";

const refused = (text: string): boolean => {
  try {
    JSON.parse(text);
    return false;
  } catch {
    return true;
  }
};

describe("findJsonFault", () => {
  test.each([
    ['{"a": NaN}', 6, "NaN is not JSON"],
    ['{"a": -Infinity}', 6, "-Infinity is not JSON"],
    ['{"a": 1,}', 8, "property name"],
    ["{'a': 1}", 1, "property name"],
    ["[1 2]", 3, 'expected "," or "]"'],
    ['{"a" 1}', 5, 'expected ":"'],
    ['{"a": "x', 8, "ends too early, a string is not closed"],
    ['["\\x"]', 2, "bad escape"],
    ['["a\tb"]', 3, "control character"],
    ["[1", 2, "ends too early"],
    ["{} {}", 3, "after the end"],
    ["[tru]", 1, "expected a value"],
    ["[01]", 2, 'expected "," or "]"'],
    ["", 0, "ends too early"],
    ["[[]", 3, "ends too early"],
  ])("%s", (text, offset, problem) => {
    expect(refused(text)).toBe(true);
    const fault = findJsonFault(text);
    expect(fault.offset).toBe(offset);
    expect(fault.problem).toContain(problem);
  });

  test("valid JSON that is cut off is faulty at its end", () => {
    fc.assert(
      fc.property(fc.json(), fc.double({ min: 0, max: 1, noNaN: true }), (json, share) => {
        const text = `[${json}`.slice(0, 1 + Math.floor(share * json.length));
        // a cut inside true, false or null is found where the word begins
        const word =
          /(?:t|tr|tru|f|fa|fal|fals|n|nu|nul|-|\d[eE][-+]?|\\u?[\da-f]*|\.)$/.exec(text)?.[0] ?? "";
        const { offset } = findJsonFault(text);
        expect(offset).toBeLessThanOrEqual(text.length);
        expect(offset).toBeGreaterThanOrEqual(text.length - word.length - 1);
      }),
    );
  });

  test("finds a fault exactly where JSON.parse refuses, and inside the text", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom(..."[]{}:,\"\\ 1eNt'\n"), (json, where, character) => {
        const at = where % json.length;
        const text = json.slice(0, at) + character + json.slice(at + 1);
        const { offset, problem } = findJsonFault(text);
        expect(problem !== "not JSON").toBe(refused(text));
        expect(offset).toBeLessThanOrEqual(text.length);
        expect(offset).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });

  test("deep nesting and long strings do not fill the stack", () => {
    expect(findJsonFault("[".repeat(1_000_000)).offset).toBe(1_000_000);
    expect(findJsonFault(`"${"a".repeat(20_000_000)}`).offset).toBe(20_000_001);
  });
});

test("lineAndColumn counts both from 1", () => {
  expect(lineAndColumn("ab\ncd", 0)).toEqual({ line: 1, column: 1 });
  expect(lineAndColumn("ab\ncd", 4)).toEqual({ line: 2, column: 2 });
});

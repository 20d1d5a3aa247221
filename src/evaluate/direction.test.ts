import { expect, test } from "vitest";
import { parseGoal } from "../objective/index.ts";
import { directions } from "./direction.ts";

test.each([
  ["a and b", { a: "more", b: "more" }],
  ["a and not b", { a: "more", b: "less" }],
  ["a and (b or not c)", { a: "more", b: "more", c: "less" }],
  ["not (a and not b)", { a: "less", b: "more" }],
  ["at least 2 of (a, b, not c)", { a: "more", b: "more", c: "less" }],
  ["(a and b) or (not a and c)", { a: "mixed", b: "more", c: "more" }],
  ["a^2 and b", { a: "more", b: "more" }],
])("%s", (sentence, expected) => {
  expect(Object.fromEntries(directions(parseGoal(sentence)))).toEqual(expected);
});

test("at most wants less, exactly wants both", () => {
  const of = [
    { kind: "value", name: "a", power: 1 } as const,
    { kind: "value", name: "b", power: 1 } as const,
  ];
  expect(directions({ kind: "count", low: 0, high: 1, of }).get("a")).toBe("less");
  expect(directions({ kind: "count", low: 1, high: 1, of }).get("a")).toBe("mixed");
  expect(directions({ kind: "count", low: 1, high: 2, of }).get("a")).toBe("more");
  expect(directions({ kind: "not", of: { kind: "count", low: 0, high: 1, of } }).get("b")).toBe("more");
});

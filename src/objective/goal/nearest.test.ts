import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

test.each([
  ["harmles", ["helpful", "harmless"], "harmless"],
  ["Helpful", ["helpful"], "helpful"],
  ["zebra", ["helpful", "harmless"], undefined],
  // nothing is left of the name
  ["b", ["a"], undefined],
  ["bc", ["ad"], undefined],
  ["bb", ["b"], "b"],
  ["A", ["a"], "a"],
  ["saef", ["safe", "warm"], "safe"],
  ["a", [], undefined],
])("nearest(%j, %j) is %j", (name, names, expected) => {
  expect(nearest(name, names)).toBe(expected);
});

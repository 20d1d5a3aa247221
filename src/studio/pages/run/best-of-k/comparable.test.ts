import { expect, test } from "vitest";
import { comparable } from "./comparable.ts";
import type { Edit } from "./edit.ts";

const own: Edit = { goal: "a and b", shift: { a: 0, b: 0 }, temperature: { a: 1, b: 1 }, gamma: null };
const said = (edit: Partial<Edit>, byReference: string[] = []) => {
  const { goodInAll, goalMet, utility } = comparable(own, { ...own, ...edit }, byReference);
  return { goodInAll, goalMet, utility };
};

test("nothing edited, or the softness alone: all alike", () => {
  expect(said({})).toEqual({ goodInAll: true, goalMet: true, utility: true });
  expect(said({ gamma: 0.5 })).toEqual({ goodInAll: true, goalMet: true, utility: true });
});

test("an importance or a temperature changes what u is, and not what is good", () => {
  expect(said({ goal: "a^3 and  b" })).toEqual({ goodInAll: true, goalMet: true, utility: false });
  expect(said({ temperature: { a: 2, b: 1 } })).toEqual({ goodInAll: true, goalMet: true, utility: false });
});

test("a goal of fewer values is met more often without being better", () => {
  expect(said({ goal: "a" })).toEqual({ goodInAll: false, goalMet: false, utility: false });
  expect(said({ goal: "a or b" })).toEqual({ goodInAll: true, goalMet: false, utility: false });
});

test("a moved reference moves what counts as good, unless the data says what is", () => {
  const moved = { shift: { a: 1, b: 0 } };
  expect(said(moved)).toEqual({ goodInAll: true, goalMet: true, utility: false });
  expect(said(moved, ["a", "b"])).toEqual({ goodInAll: false, goalMet: false, utility: false });
  expect(said(moved, ["b"])).toEqual({ goodInAll: true, goalMet: true, utility: false });
});

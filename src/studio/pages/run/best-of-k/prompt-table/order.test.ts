import { expect, test } from "vitest";
import type { Outcome } from "../evaluate-edit.ts";
import { type Filter, orderPrompts, type Rows, type SortBy } from "./order.ts";

const outcome = (chosen: number[], u: number[]): Outcome => ({
  chosen: Int32Array.from(chosen),
  u: Float64Array.from(u),
  binding: Int8Array.from([0, 1, -1, 1]),
  good: Uint8Array.from([1, 0, 1, 0]),
  values: ["a", "b"],
  figures: { prompts: 4, utility: 0, meanP: 0, goodInAll: 0, goalMet: 0, klBound: 0, values: {} },
  distributions: [],
});
const rows: Rows = {
  outcome: outcome([0, 2, 1, 0], [-1, -3, -2, -1]),
  before: outcome([0, 1, 1, 1], [-1, -1, -2, -4]),
  chosen: Int32Array.from([0, 1, 1, 1]),
};
const order = (filter: Filter, by: SortBy, down = false, found?: ReadonlySet<number>) => [
  ...orderPrompts(rows, filter, { by, down }, found),
];

test.each([
  [{ kind: "all" }, [0, 1, 2, 3]],
  [{ kind: "changed" }, [1, 3]],
  [{ kind: "not-good" }, [1, 3]],
  [{ kind: "binding", value: "b" }, [1, 3]],
  [{ kind: "binding", value: "a" }, [0]],
] as const)("the filter %j", (filter, prompts) => {
  expect(order(filter, "prompt")).toEqual(prompts);
});

test.each([
  ["prompt", [0, 1, 2, 3]],
  ["p", [1, 2, 0, 3]],
  ["change", [1, 0, 2, 3]],
  ["choice", [0, 2, 1, 3]],
  ["binding", [2, 0, 1, 3]],
  ["good", [1, 3, 0, 2]],
] as const)("by %s; equal ones in the order of the file, up and down", (by, prompts) => {
  expect(order({ kind: "all" }, by)).toEqual(prompts);
  expect(order({ kind: "all" }, "p", true)).toEqual([0, 3, 2, 1]);
});

test("a search narrows it", () => {
  expect(order({ kind: "changed" }, "prompt", false, new Set([0, 3]))).toEqual([3]);
});

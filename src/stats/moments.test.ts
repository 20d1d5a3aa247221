import { expect, test } from "vitest";
import { moments } from "./moments.ts";

test("mean and population standard deviation", () => {
  const { mean, std } = moments([2, 4, 4, 4, 5, 5, 7, 9]);
  expect(mean).toBeCloseTo(5, 14);
  expect(std).toBeCloseTo(2, 14);
});

test("keeps its digits far from 0", () => {
  expect(moments([1e9 + 1, 1e9 + 2, 1e9 + 3]).std).toBeCloseTo(Math.sqrt(2 / 3), 9);
});

test("equal numbers have no spread at all", () => {
  expect(moments([0.1, 0.1, 0.1])).toEqual({ mean: 0.1, std: 0 });
});

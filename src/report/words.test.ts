import { expect, test } from "vitest";
import { caution } from "./words.ts";

const estimate = (value: number, low: number, high: number) => ({
  value,
  ci95: [low, high] as [number, number],
});

test("intervals of enough prompts that differ are read as they are", () => {
  expect(caution(estimate(0.5, 0.4, 0.6), 100)).toBeUndefined();
  // no width, but not at an end: every prompt has the same fraction
  expect(caution(estimate(0.5, 0.5, 0.5), 100)).toBeUndefined();
});

test("none of 20 may still be 17 %, all of 20 as little as 83 % (Clopper–Pearson)", () => {
  expect(caution(estimate(0, 0, 0), 20)).toMatch(/anything up to 17 %/);
  expect(caution(estimate(1, 1, 1), 20)).toMatch(/anything down to 83 %/);
});

test("one prompt says nothing about others", () => {
  expect(caution(estimate(0, 0, 0), 1)).toMatch(/^One prompt is too few .* up to 98 %/);
  expect(caution(estimate(0.3, 0.2, 0.4), 9)).toMatch(/^9 prompts are too few/);
});

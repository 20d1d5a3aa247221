import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cannedReference, meanReference, normalQuantileReference, quantileReference } from "./references.ts";

const samples = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 64 });
const kinds: [string, (x: number[]) => number][] = [
  ["quantile", (x) => quantileReference(x, 0.85)],
  ["normal quantile", (x) => normalQuantileReference(x, 0.85)],
  ["mean", meanReference],
  ["best canned", (x) => cannedReference(x, "max")],
  ["mean canned", (x) => cannedReference(x, "mean")],
];

describe.each(kinds)("%s", (_, reference) => {
  test("shifts with the rewards, so that r − r_ref does not; order does not matter", () => {
    fc.assert(
      fc.property(samples, fc.double({ min: -50, max: 50, noNaN: true }), (x, shift) => {
        expect(reference(x.map((r) => r + shift))).toBeCloseTo(reference(x) + shift, 8);
        expect(reference(x.toReversed())).toBeCloseTo(reference(x), 9);
      }),
    );
  });

  test("of one sample is that sample; none, NaN or Infinity is refused", () => {
    expect(reference([2.5])).toBe(2.5);
    expect(() => reference([])).toThrow(/at least one sample/);
    expect(() => reference([1, Number.NaN])).toThrow(/sample 1 of a reference is NaN/);
    expect(() => reference([Number.POSITIVE_INFINITY])).toThrow(/not finite/);
  });
});

test("by hand", () => {
  expect(quantileReference([0, 1, 2, 3, 4], 0.85)).toBeCloseTo(3.4, 14);
  // mean 2, sample standard deviation √2.5
  expect(normalQuantileReference([0, 1, 2, 3, 4], 0.85)).toBeCloseTo(
    2 + 1.0364333894937898 * Math.sqrt(2.5),
    12,
  );
  expect(cannedReference([-1, 4, 2], "max")).toBe(4);
  expect(cannedReference([-1, 4, 3], "mean")).toBe(2);
});

test("the two quantile kinds agree on many normal samples", () => {
  // an even grid of normal quantiles stands for the distribution itself
  const grid = Array.from({ length: 2001 }, (_, i) => 3 + 2 * gauss((i + 0.5) / 2001));
  expect(quantileReference(grid, 0.85)).toBeCloseTo(normalQuantileReference(grid, 0.85), 2);
});

/** Inverse of the normal distribution by bisection on a numerical integral: slow and independent. */
function gauss(q: number): number {
  let [low, high] = [-6, 6];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (integral(middle) < q) low = middle;
    else high = middle;
  }
  return low;
}

const STEPS = 1200;
const cumulative = (() => {
  const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  const sums = [0];
  for (let i = 0; i < STEPS; i++) {
    const x = -6 + (12 * i) / STEPS;
    sums.push(sums[i]! + ((density(x) + density(x + 12 / STEPS)) / 2) * (12 / STEPS));
  }
  return sums;
})();

function integral(x: number): number {
  const at = ((x + 6) / 12) * STEPS;
  const i = Math.min(Math.floor(at), STEPS - 1);
  return cumulative[i]! + (cumulative[i + 1]! - cumulative[i]!) * (at - i);
}

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { generalisedMean, meanMinusStd, minimum, nashProduct, softMin, weightedSum } from "./aggregations.ts";

const numbers = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 6 });
const positives = fc.array(fc.double({ min: 1e-3, max: 50, noNaN: true }), { minLength: 1, maxLength: 6 });
const equal = (n: number) => Array.from({ length: n }, () => 1 / n);

describe("by hand", () => {
  test("weighted sum, minimum, mean less spread", () => {
    expect(weightedSum([1, 2, 3], [0.5, 0.25, 0.25])).toBe(1.75);
    expect(minimum([3, -1, 2])).toBe(-1);
    expect(meanMinusStd([1, 3], 0.5)).toBe(1.5);
  });

  test("generalised mean: arithmetic, harmonic, geometric, quadratic", () => {
    expect(generalisedMean([1, 4], [1, 1], 1)).toBeCloseTo(2.5, 14);
    expect(generalisedMean([1, 4], [1, 1], -1)).toBeCloseTo(1.6, 14);
    expect(generalisedMean([1, 4], [1, 1], 0)).toBeCloseTo(2, 14);
    expect(generalisedMean([1, 7], [3, 3], 2)).toBeCloseTo(5, 14);
    expect(generalisedMean([1, 4], [1, 1], 1e-9)).toBeCloseTo(2, 8);
    expect(() => generalisedMean([1, 0], [1, 1], 1)).toThrow(/positive/);
  });

  test("Nash product: the log of the product of gains; a failed bargain costs the floor", () => {
    expect(nashProduct([3, 5], [1, 2])).toBeCloseTo(Math.log(6), 14);
    expect(nashProduct([0, 5], [1, 2], 1e-3)).toBeCloseTo(Math.log(3e-3), 14);
  });

  test("soft minimum of two equal numbers is that number", () => {
    expect(softMin([2, 2], [0.5, 0.5], 0.3)).toBeCloseTo(2, 14);
    expect(() => softMin([1, 2], [1], 1)).toThrow(/as many weights/);
  });
});

describe("properties", () => {
  test("order does not matter when weights are equal", () => {
    fc.assert(
      fc.property(numbers, (x) => {
        const w = equal(x.length);
        const back = x.toReversed();
        expect(weightedSum(back, w)).toBeCloseTo(weightedSum(x, w), 9);
        expect(minimum(back)).toBe(minimum(x));
        expect(softMin(back, w, 2)).toBeCloseTo(softMin(x, w, 2), 9);
        expect(meanMinusStd(back, 1)).toBeCloseTo(meanMinusStd(x, 1), 9);
      }),
    );
  });

  test("soft minimum lies between the minimum and the mean, and reaches both", () => {
    fc.assert(
      fc.property(numbers, (x) => {
        const w = equal(x.length);
        const mean = weightedSum(x, w);
        expect(softMin(x, w, 1)).toBeGreaterThanOrEqual(minimum(x) - 1e-9);
        expect(softMin(x, w, 1)).toBeLessThanOrEqual(mean + 1e-9);
        expect(softMin(x, w, 1e-6)).toBeCloseTo(minimum(x), 4);
        expect(softMin(x, w, 1e7)).toBeCloseTo(mean, 3);
      }),
    );
  });

  test("generalised means rise with p and stay between the extremes", () => {
    fc.assert(
      fc.property(positives, fc.double({ min: -20, max: 20, noNaN: true }), (x, p) => {
        const w = equal(x.length);
        const at = generalisedMean(x, w, p);
        expect(generalisedMean(x, w, p + 1)).toBeGreaterThanOrEqual(at * (1 - 1e-9));
        expect(at).toBeGreaterThanOrEqual(Math.min(...x) * (1 - 1e-9));
        expect(at).toBeLessThanOrEqual(Math.max(...x) * (1 + 1e-9));
      }),
    );
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  log1mExp,
  logAddExp,
  logSigmoid,
  logSumExp,
  quantile,
  sigmoid,
  softplus,
  standardDeviation,
} from "./math.ts";
import { normalQuantile } from "./normal-quantile.ts";

const real = (max: number) => fc.double({ min: -max, max, noNaN: true });

describe("log-space arithmetic", () => {
  test("known values", () => {
    expect(softplus(0)).toBeCloseTo(Math.LN2, 15);
    expect(logSigmoid(0)).toBeCloseTo(-Math.LN2, 15);
    expect(sigmoid(Math.log(3))).toBeCloseTo(0.75, 15);
    expect(logAddExp(Math.log(2), Math.log(3))).toBeCloseTo(Math.log(5), 14);
    expect(logSumExp([Math.log(1), Math.log(2), Math.log(4)])).toBeCloseTo(Math.log(7), 14);
    expect(log1mExp(Math.log(0.25))).toBeCloseTo(Math.log(0.75), 14);
  });

  test("no overflow, no underflow to −∞ where the answer is finite", () => {
    expect(logSigmoid(-1e6)).toBe(-1e6);
    // log(sigmoid(x)) is −∞ here
    expect(logSigmoid(-800)).toBe(-800);
    expect(logSigmoid(40)).toBeCloseTo(-Math.exp(-40), 30);
    expect(softplus(1e6)).toBe(1e6);
    expect(sigmoid(-1e6)).toBe(0);
    expect(logAddExp(-1e6, -1e6)).toBeCloseTo(-1e6 + Math.LN2, 9);
    expect(log1mExp(-1e-20)).toBeCloseTo(Math.log(1e-20), 12);
    expect(log1mExp(-1e3)).toBe(-0);
  });

  test("σ(x) + σ(−x) = 1, log σ(x) − log σ(−x) = x, log σ ≤ 0 and rising", () => {
    fc.assert(
      fc.property(real(700), real(700), (x, y) => {
        expect(sigmoid(x) + sigmoid(-x)).toBeCloseTo(1, 14);
        expect(logSigmoid(x) - logSigmoid(-x)).toBeCloseTo(x, 10);
        expect(logSigmoid(x)).toBeLessThanOrEqual(0);
        expect(logSigmoid(Math.max(x, y))).toBeGreaterThanOrEqual(logSigmoid(Math.min(x, y)));
      }),
    );
  });
});

describe("quantile", () => {
  test("the worked example of type 7: the default of R and NumPy", () => {
    expect(quantile([1, 2, 3, 4], 0.85)).toBeCloseTo(3.55, 14);
    expect(quantile([15, 20, 35, 40, 50], 0.4)).toBeCloseTo(29, 14);
    expect(quantile([7], 0.3)).toBe(7);
    expect(quantile([3, 1, 2], 0)).toBe(1);
    expect(quantile([3, 1, 2], 1)).toBe(3);
  });

  test("moves with a shift, ignores order, stays within the sample", () => {
    const level = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(real(100), { minLength: 1 }), level, real(50), (x, q, shift) => {
        const at = quantile(x, q);
        expect(quantile(x.toReversed(), q)).toBe(at);
        expect(
          quantile(
            x.map((value) => value + shift),
            q,
          ),
        ).toBeCloseTo(at + shift, 9);
        expect(at).toBeGreaterThanOrEqual(Math.min(...x));
        expect(at).toBeLessThanOrEqual(Math.max(...x));
      }),
    );
  });
});

describe("normal quantile", () => {
  test.each([
    [1e-300, -37.0471],
    [1e-20, -9.2623400897984],
    [1e-5, -4.26489079392282],
    [0.1, -1.2815515655446004],
    [0.5, 0],
    [0.85, 1.0364333894937898],
    [0.975, 1.959963984540054],
    [0.999, 3.090232306167813],
  ])("Φ⁻¹(%d) = %d", (q, expected) => {
    expect(normalQuantile(q)).toBeCloseTo(expected, q === 1e-300 ? 4 : 13);
  });

  test("is odd around ½ and rising", () => {
    const level = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });
    fc.assert(
      fc.property(level, level, (p, q) => {
        expect(normalQuantile(p)).toBeCloseTo(-normalQuantile(1 - p), 8);
        expect(normalQuantile(Math.max(p, q))).toBeGreaterThanOrEqual(normalQuantile(Math.min(p, q)));
      }),
    );
  });

  test("is defined inside (0, 1) alone", () => {
    for (const q of [0, 1, -1, 2, Number.NaN]) expect(() => normalQuantile(q)).toThrow(RangeError);
  });
});

test("standard deviation by hand", () => {
  expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBe(2);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { logSigmoid } from "./math.ts";
import {
  cdf,
  clip,
  expTilt,
  identity,
  logCdf,
  lsc,
  sigmoidShaped,
  type Transform,
  zScore,
} from "./transforms.ts";

const reward = fc.double({ min: -50, max: 50, noNaN: true });
const samples = [-1, 0, 0.5, 2, 2, 3.5, 7, 9];
const all: [string, Transform][] = [
  ["identity", identity()],
  ["LSC", lsc({ reference: 1.5, temperature: 2 })],
  ["sigmoid (PAR)", sigmoidShaped({ references: samples, temperature: 3 })],
  ["z-score", zScore({ mean: 2, std: 4 })],
  ["clip", clip({ low: -2, high: 3 })],
  ["CDF", cdf({ samples })],
  ["exponential tilt", expTilt({ samples, t: 2 })],
  ["log-CDF", logCdf({ samples })],
];

describe.each(all)("%s", (_, transform) => {
  test("is finite and never falls as the reward rises", () => {
    fc.assert(
      fc.property(reward, reward, (r, s) => {
        const [low, high] = [transform.value(Math.min(r, s)), transform.value(Math.max(r, s))];
        expect(Number.isFinite(low) && Number.isFinite(high)).toBe(true);
        expect(high).toBeGreaterThanOrEqual(low);
      }),
    );
    for (const r of [-1e6, 1e6]) expect(Number.isFinite(transform.value(r))).toBe(true);
  });
});

test.each(all.filter(([name]) => !/CDF|tilt/.test(name)))(
  "%s has the derivative that central differences give",
  (name, transform) => {
    fc.assert(
      fc.property(reward, (r) => {
        fc.pre(name !== "clip" || (Math.abs(r + 2) > 1e-3 && Math.abs(r - 3) > 1e-3));
        const h = 1e-5;
        const difference = (transform.value(r + h) - transform.value(r - h)) / (2 * h);
        expect(transform.derivative(r)).toBeCloseTo(difference, 6);
      }),
    );
  },
);

describe("LSC", () => {
  test("at the reference it is −ln 2 with slope ½; far below about linear, far above flat", () => {
    const transform = lsc({ reference: 3 });
    expect(transform.value(3)).toBeCloseTo(-Math.LN2, 15);
    expect(transform.derivative(3)).toBe(0.5);
    expect(transform.value(-997)).toBeCloseTo(-1000, 9);
    expect(transform.derivative(-997)).toBeCloseTo(1, 12);
    expect(transform.derivative(1003)).toBe(0);
  });

  test("is at most 0 and does not change when r and r_ref shift together", () => {
    fc.assert(
      fc.property(reward, reward, reward, (r, reference, shift) => {
        const here = lsc({ reference, temperature: 1.7 }).value(r);
        expect(here).toBeLessThanOrEqual(0);
        expect(lsc({ reference: reference + shift, temperature: 1.7 }).value(r + shift)).toBeCloseTo(here, 9);
      }),
    );
  });
});

describe("the others, by hand", () => {
  test("PAR over one reference is σ, and its log is LSC", () => {
    const transform = sigmoidShaped({ references: [0.7], temperature: 1.3 });
    expect(Math.log(transform.value(2))).toBeCloseTo(logSigmoid((2 - 0.7) / 1.3), 14);
  });

  test("CDF counts base samples at or below", () => {
    const transform = cdf({ samples });
    expect([-2, -1, 2, 8.9, 9].map(transform.value)).toEqual([0, 1 / 8, 5 / 8, 7 / 8, 1]);
    expect(expTilt({ samples, t: 2 }).value(2)).toBeCloseTo(Math.exp(10 / 8), 14);
    expect(logCdf({ samples }).value(-2)).toBeCloseTo(Math.log(0.5 / 8.5), 14);
    expect(logCdf({ samples }).value(9)).toBeCloseTo(0, 14);
  });

  test("z-score with no spread has nothing to say", () => {
    expect(zScore({ mean: 2, std: 0 }).value(5)).toBe(0);
  });

  test("CDF transforms are unchanged by any rising map of the rewards", () => {
    fc.assert(
      // halves, so that 3r + 1 is exact
      fc.property(
        fc.integer({ min: -40, max: 40 }).map((n) => n / 2),
        (r) => {
          const stretched = cdf({ samples: samples.map((s) => 3 * s + 1) });
          expect(stretched.value(3 * r + 1)).toBe(cdf({ samples }).value(r));
        },
      ),
    );
  });
});

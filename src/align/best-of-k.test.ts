import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandom } from "../stats/random.ts";
import { bestOfK, bestOfKBound, meanBestOfKBound, softBestOfK, softProbabilities } from "./best-of-k.ts";

const utilities = fc.array(fc.double({ min: -50, max: 0, noNaN: true }), { minLength: 1, maxLength: 16 });

describe("hard", () => {
  test("takes the highest, the first of equals, and counts them", () => {
    expect(bestOfK([-3, -1, -2])).toMatchObject({ index: 1, ties: 1 });
    expect(bestOfK([-1, -1, -2, -1])).toMatchObject({ index: 0, ties: 3 });
    expect(bestOfK([-5])).toEqual({ index: 0, ties: 1, klBound: 0 });
  });

  test("any rising transform of u leaves the choice", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -40, max: 0 }), { minLength: 1 }), (u) => {
        expect(bestOfK(u.map((x) => Math.exp(x / 8))).index).toBe(bestOfK(u).index);
      }),
    );
  });

  test("the KL bound: by formula, and equal to the integral of k t^(k−1) log(k t^(k−1)) over [0, 1]", () => {
    expect(bestOfKBound(1)).toBe(0);
    expect(bestOfKBound(4)).toBeCloseTo(Math.log(4) - 0.75, 15);
    for (const k of [2, 5, 16]) {
      const steps = 100_000;
      let kl = 0;
      for (let i = 0; i < steps; i++) {
        const t = (i + 0.5) / steps;
        const density = k * t ** (k - 1);
        if (density > 0) kl += (density * Math.log(density)) / steps;
      }
      expect(bestOfKBound(k)).toBeCloseTo(kl, 5);
    }
  });
});

describe("soft", () => {
  test("is drawn with probability ∝ exp(u/γ)", () => {
    const u = [-0.5, -1.5, -3];
    const random = createRandom(3);
    const counts = [0, 0, 0];
    for (let i = 0; i < 20_000; i++) counts[softBestOfK(u, 0.8, random).index]! += 1;
    const weights = u.map((x) => Math.exp(x / 0.8));
    const total = weights.reduce((a, b) => a + b);
    counts.forEach((count, i) => {
      const p = weights[i]! / total;
      // four standard errors
      expect(Math.abs(count / 20_000 - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / 20_000));
    });
  });

  test("goes to hard best-of-k as γ → 0 and to the base as γ → ∞, and so do its bounds", () => {
    const u = [-3, -1, -2];
    const random = createRandom(1);
    expect(softProbabilities(u, 1e-3)[1]).toBeCloseTo(1, 12);
    expect(softBestOfK(u, 1e-3, random).klBound).toBeCloseTo(Math.log(3), 12);
    softProbabilities(u, 1e9).forEach((p) => {
      expect(p).toBeCloseTo(1 / 3, 8);
    });
    expect(softBestOfK(u, 1e9, random).klBound).toBeCloseTo(0, 12);
  });

  test("probabilities are finite and sum to 1 even far apart; the bound lies in [0, log k]", () => {
    const gamma = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(utilities, gamma, (u, g) => {
        const p = softProbabilities(
          u.map((x) => 1e4 * x),
          g,
        );
        expect(p.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
        const { klBound } = softBestOfK(u, g, createRandom(1));
        expect(klBound).toBeGreaterThanOrEqual(0);
        expect(klBound).toBeLessThanOrEqual(Math.log(u.length) + 1e-12);
      }),
    );
  });

  test("the bound holds: exact KL of soft best-of-2 over a small discrete base is below it on average", () => {
    // base: four responses with utilities; every ordered pair of draws is enumerated
    const base = [0.1, 0.2, 0.3, 0.4];
    const u = [-0.1, -0.7, -1.5, -4];
    const chosen = [0, 0, 0, 0];
    let bound = 0;
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        const weight = base[i]! * base[j]!;
        const p = softProbabilities([u[i]!, u[j]!], 0.7);
        chosen[i]! += weight * p[0]!;
        chosen[j]! += weight * p[1]!;
        bound += weight * softBestOfK([u[i]!, u[j]!], 0.7, createRandom(1)).klBound;
      }
    }
    const kl = chosen.reduce((sum, q, i) => sum + q * Math.log(q / base[i]!), 0);
    expect(kl).toBeGreaterThan(0);
    expect(kl).toBeLessThanOrEqual(bound);
  });

  test("over prompts, the bound is no more than that of hard choices, which the exact KL stays below", () => {
    // a uniform base over 400 utilities, best of 2: the density ratio of the chosen is a sum over the other draw
    const utilities = Array.from({ length: 400 }, (_, i) => -i / 100);
    for (const gamma of [1e-3, 0.05, 0.5, 3]) {
      let [kl, own] = [0, 0];
      for (const mine of utilities) {
        let ratio = 0;
        for (const other of utilities) {
          const p = softProbabilities([mine, other], gamma);
          ratio += (2 * p[0]!) / utilities.length;
          own += softBestOfK([mine, other], gamma, createRandom(1)).klBound / utilities.length ** 2;
        }
        kl += (ratio * Math.log(ratio)) / utilities.length;
      }
      const bound = meanBestOfKBound([{ klBound: own, k: 2 }]);
      expect(bound).toBe(Math.min(own, bestOfKBound(2)));
      expect(kl).toBeLessThanOrEqual(bound);
    }
    expect(meanBestOfKBound([1, 4].map((k) => ({ klBound: Math.log(k), k })))).toBe(bestOfKBound(4) / 2);
  });

  test("γ must be above 0", () => {
    for (const gamma of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => softProbabilities([-1], gamma)).toThrow(/γ must be above 0/);
    }
  });
});

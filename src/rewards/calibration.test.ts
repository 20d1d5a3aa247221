import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandom } from "../stats/random.ts";
import {
  calibrationOf,
  expectedCalibrationError,
  fitTemperature,
  negativeLogLikelihood,
  perfectCalibrationError,
  reliabilityCurve,
} from "./calibration.ts";

const ece = (differences: number[], temperature: number, bins?: number) =>
  expectedCalibrationError(reliabilityCurve(differences, temperature, bins));

describe("the temperature", () => {
  test("of differences of one size is that size over the log-odds of winning", () => {
    const { temperature, atBound } = fitTemperature([2, 2, 2, -2]);
    expect(temperature).toBeCloseTo(2 / Math.log(3), 10);
    expect(atBound).toBe(false);
  });

  test("is found again from outcomes drawn with it", () => {
    const random = createRandom(11);
    const differences = Array.from({ length: 20_000 }, () => {
      const size = 4 * random.normal();
      return random.uniform() < 1 / (1 + Math.exp(-size / 2.5)) ? size : -size;
    });
    expect(fitTemperature(differences).temperature).toBeCloseTo(2.5, 0);
    expect(Math.abs(Math.log(fitTemperature(differences).temperature / 2.5))).toBeLessThan(0.05);
  });

  test("is no worse than any other", () => {
    const differences = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(differences, fc.double({ min: -2, max: 2, noNaN: true }), (differences, factor) => {
        fc.pre(differences.some((difference) => Math.abs(difference) > 1e-3));
        const { temperature, atBound } = fitTemperature(differences);
        expect(temperature).toBeGreaterThan(0);
        const other = negativeLogLikelihood(differences, temperature * Math.exp(factor));
        if (!atBound)
          expect(negativeLogLikelihood(differences, temperature)).toBeLessThanOrEqual(other + 1e-9);
      }),
    );
  });

  test("scales with the rewards", () => {
    const differences = [1, -0.5, 2, 0.3, -1.2, 0.8];
    const scaled = differences.map((difference) => 7 * difference);
    expect(fitTemperature(scaled).temperature).toBeCloseTo(7 * fitTemperature(differences).temperature, 9);
  });

  test("is bounded where all pairs are right, where most are wrong, and where there is no signal", () => {
    expect(fitTemperature([3, 3, 3])).toEqual({ temperature: 0.03, atBound: true });
    expect(fitTemperature([-3, -3, 3])).toEqual({ temperature: 300, atBound: true });
    expect(fitTemperature([0, 0])).toEqual({ temperature: 1, atBound: true });
  });

  test("needs finite differences", () => {
    expect(() => fitTemperature([])).toThrow("at least one pair");
    expect(() => fitTemperature([1, Number.NaN])).toThrow("difference 1 is NaN");
    expect(() => reliabilityCurve([Number.POSITIVE_INFINITY], 1)).toThrow("not finite");
  });
});

describe("calibration error", () => {
  const odds = (p: number) => Math.log(p / (1 - p));

  test("is worked by hand: two bins", () => {
    // confidences 0.6, 0.6 (one right) and 0.9, 0.9 (both right)
    const differences = [odds(0.6), -odds(0.6), odds(0.9), odds(0.9)];
    expect(ece(differences, 1, 2)).toBeCloseTo(0.5 * 0.1 + 0.5 * 0.1, 12);
    expect(reliabilityCurve(differences, 1, 2)).toEqual([
      { predicted: expect.closeTo(0.6, 12), observed: 0.5, count: 2 },
      { predicted: expect.closeTo(0.9, 12), observed: 1, count: 2 },
    ]);
  });

  test("is 0 for frequencies that match", () => {
    const differences = [...Array(3).fill(odds(0.75)), -odds(0.75)];
    expect(ece(differences, 1)).toBeCloseTo(0, 12);
    expect(ece([0, 0, 0], 1)).toBe(0);
  });

  test("does not depend on the order of the pairs and lies in [0, 1]", () => {
    const differences = fc.array(fc.constantFrom(-3, -2, -1, 0, 1, 2, 3), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(differences, fc.integer(), (differences, seed) => {
        const error = ece(differences, 1.7);
        expect(ece(createRandom(seed).shuffle(differences), 1.7)).toBeCloseTo(error, 12);
        expect(error).toBeGreaterThanOrEqual(0);
        expect(error).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("of perfect probabilities is what the scatter of as many pairs gives", () => {
    const random = createRandom(4);
    const draw = () =>
      Array.from({ length: 500 }, () => {
        const size = random.normal();
        return random.uniform() < 1 / (1 + Math.exp(-size)) ? size : -size;
      });
    const errors = Array.from({ length: 200 }, () => ece(draw(), 1));
    const mean = errors.reduce((a, b) => a + b) / errors.length;
    expect(perfectCalibrationError(reliabilityCurve(draw(), 1)) / mean).toBeCloseTo(1, 1);
  });

  test("falls when overconfident rewards are cooled", () => {
    const random = createRandom(2);
    const pairs = Array.from({ length: 3000 }, () => {
      const size = 2 * random.normal();
      return { difference: 5 * (random.uniform() < 1 / (1 + Math.exp(-size)) ? size : -size) };
    });
    const { temperature } = fitTemperature(pairs.map(({ difference }) => difference));
    const { eceBefore, eceAfter, negativeLogLikelihoodBefore, negativeLogLikelihoodAfter } = calibrationOf(
      pairs,
      temperature,
    );
    expect(temperature).toBeCloseTo(5, 0);
    expect(eceBefore).toBeGreaterThan(0.1);
    expect(eceAfter).toBeLessThan(0.03);
    expect(negativeLogLikelihoodAfter).toBeLessThan(negativeLogLikelihoodBefore);
  });
});

import { describe, expect, test } from "vitest";
import { createRandom } from "../stats/random.ts";
import { derive, estimate, estimateOrNull, minus, Resampler } from "./resample.ts";

const bernoulli = (random: ReturnType<typeof createRandom>, n: number, p: number) =>
  Float64Array.from({ length: n }, () => (random.uniform() < p ? 1 : 0));

describe("Resampler", () => {
  test("the value is the plain mean, and the draws centre on it", () => {
    const { value, draws } = new Resampler(4, { seed: 1, resamples: 4000 }).mean([1, 2, 3, 6]);
    expect(value).toBe(3);
    expect(draws.reduce((a, b) => a + b) / draws.length).toBeCloseTo(3, 1);
  });

  test("its standard error is σ/√n", () => {
    const column = [1, 2, 3, 6];
    const { draws } = new Resampler(4, { seed: 2, resamples: 8000 }).mean(column);
    const variance = draws.reduce((sum, draw) => sum + (draw - 3) ** 2, 0) / draws.length;
    // population variance 3.5, over 4 units
    expect(variance).toBeCloseTo(3.5 / 4, 1);
  });

  test("the same seed gives the same draws, another seed others", () => {
    const draws = (seed: number) => new Resampler(5, { seed, resamples: 20 }).mean([1, 2, 3, 4, 9]).draws;
    expect(draws(3)).toEqual(draws(3));
    expect(draws(3)).not.toEqual(draws(4));
  });

  test("a 95 % interval of a share holds the truth about 95 times in 100", () => {
    const random = createRandom(7);
    const runs = 300;
    let held = 0;
    for (let run = 0; run < runs; run++) {
      const column = bernoulli(random, 100, 0.3);
      const { ci95 } = estimate(new Resampler(100, { seed: run, resamples: 300 }).mean(column));
      if (ci95[0] <= 0.3 && 0.3 <= ci95[1]) held++;
    }
    expect(held / runs).toBeGreaterThan(0.9);
    expect(held / runs).toBeLessThan(0.985);
  });

  test("blocks of prompts give the width that prompts give", () => {
    const n = 7001;
    const column = bernoulli(createRandom(5), n, 0.3);
    const { value, ci95 } = estimate(new Resampler(n, { seed: 1 }).mean(column));
    expect(value).toBeCloseTo(column.reduce((a, b) => a + b) / n, 12);
    const width = 2 * 1.96 * Math.sqrt((value * (1 - value)) / n);
    expect((ci95[1] - ci95[0]) / width).toBeGreaterThan(0.9);
    expect((ci95[1] - ci95[0]) / width).toBeLessThan(1.1);
  });

  test("needs a unit", () => {
    expect(() => new Resampler(0, { seed: 1 })).toThrow(RangeError);
  });
});

describe("paired differences", () => {
  test("what two means share cancels", () => {
    const random = createRandom(3);
    const a = Float64Array.from({ length: 200 }, () => 100 * random.normal());
    const resampler = new Resampler(200, { seed: 1 });
    const { value, ci95 } = estimate(minus(resampler.mean(a.map((x) => x + 1)), resampler.mean(a)));
    expect(value).toBeCloseTo(1, 10);
    expect(ci95[0]).toBeCloseTo(1, 10);
    expect(ci95[1]).toBeCloseTo(1, 10);
  });

  test("draws that are not finite are left out, a value that is not finite is null", () => {
    const of = (value: number, draws: number[]) => ({ value, draws: Float64Array.from(draws) });
    expect(estimate(of(2, [1, Number.NaN, 3]))).toEqual({ value: 2, ci95: [1.05, 2.95] });
    expect(estimate(of(2, [Number.NaN]))).toEqual({ value: 2, ci95: [2, 2] });
    const ratio = derive((a, b) => a / b, of(0, [0]), of(0, [0]));
    expect(estimateOrNull(ratio)).toBeNull();
    expect(() => estimate(ratio)).toThrow(RangeError);
  });
});

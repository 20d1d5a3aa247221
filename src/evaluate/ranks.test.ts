import fc from "fast-check";
import { sampleRankCorrelation } from "simple-statistics";
import { describe, expect, test } from "vitest";
import { createRandom } from "../stats/random.ts";
import { centredRanks, kendallDistance, ranksWithin, spearman, spearmanWithin } from "./ranks.ts";
import { Resampler } from "./resample.ts";

const resampler = (n: number) => new Resampler(n, { seed: 1, resamples: 200 });

describe("centredRanks", () => {
  test("ties share their average rank", () => {
    expect([...centredRanks([10, 30, 20, 20])]).toEqual([-1.5, 1.5, 0, 0]);
    expect([...centredRanks([5, 5, 5])]).toEqual([0, 0, 0]);
  });

  test("within prompts, each is ranked by itself", () => {
    expect([...ranksWithin(Float64Array.of(1, 9, 100, 50, 75), [2, 3])]).toEqual([-0.5, 0.5, 1, -1, 0]);
  });
});

describe("spearman", () => {
  test("equals an independent implementation, whatever the prompts", () => {
    const number = fc.integer({ min: -1000, max: 1000 });
    fc.assert(
      fc.property(fc.uniqueArray(number, { minLength: 4, maxLength: 20 }), fc.integer(), (x, seed) => {
        const y = createRandom(seed).shuffle(x);
        const sizes = [1, x.length - 3, 2];
        const found = spearman(centredRanks(x), centredRanks(y), sizes, resampler(3));
        expect(found!.value).toBeCloseTo(sampleRankCorrelation(x, y), 10);
      }),
    );
  });

  test("with ties: Pearson of average ranks, worked by hand", () => {
    // ranks (1, 2.5, 2.5, 4) and (1, 2, 3, 4): 4.5/√(4.5·5)
    const found = spearman(centredRanks([1, 2, 2, 3]), centredRanks([1, 2, 3, 4]), [2, 2], resampler(2));
    expect(found!.value).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12);
  });

  test("is null where a column is constant", () => {
    expect(spearman(centredRanks([1, 1, 1]), centredRanks([1, 2, 3]), [1, 2], resampler(2))).toBeNull();
    expect(
      spearmanWithin(
        ranksWithin(Float64Array.of(1, 1), [2]),
        ranksWithin(Float64Array.of(1, 2), [2]),
        [2],
        resampler(1),
      ),
    ).toBeNull();
  });

  test("within prompts, differences between prompts do not count", () => {
    // each prompt reversed, prompts far apart
    const x = Float64Array.of(1, 2, 101, 102, 201, 202);
    const y = Float64Array.of(2, 1, 102, 101, 202, 201);
    const sizes = [2, 2, 2];
    expect(spearmanWithin(ranksWithin(x, sizes), ranksWithin(y, sizes), sizes, resampler(3))!.value).toBe(-1);
    expect(spearman(centredRanks(x), centredRanks(y), sizes, resampler(3))!.value).toBeGreaterThan(0.8);
  });
});

test("kendallDistance is the share of pairs in another order, a tie in one being half", () => {
  expect(kendallDistance([1, 2, 3], [10, 20, 30])).toBe(0);
  expect(kendallDistance([1, 2, 3], [3, 2, 1])).toBe(1);
  expect(kendallDistance([1, 2, 3], [1, 3, 2])).toBeCloseTo(1 / 3, 12);
  expect(kendallDistance([1, 1], [1, 2])).toBe(0.5);
  expect(kendallDistance([1, 1], [2, 2])).toBe(0);
});

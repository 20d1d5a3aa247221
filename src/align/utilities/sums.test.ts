/** Sums of raw and z-scored rewards. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../io/errors.ts";
import { baseMoments } from "./base-moments.ts";
import { batches, batchOf, oneGroup, reorder, reordered } from "./batch.fixture.ts";
import { weightedSumUtility } from "./weighted-sum.ts";
import { zScoreSumUtility } from "./z-score-sum.ts";

describe("the raw weighted sum", () => {
  const utility = weightedSumUtility([{ value: "helpful", weight: 0.25 }, { value: "harmless" }]);

  test("is Σ w r", () => {
    expect([
      ...utility.utilities(
        batchOf(
          [
            [4, -8],
            [1, 0.5],
          ],
          1,
        ),
      ),
    ]).toEqual([2, -1.5]);
    expect(utility.name).toBe("raw sum 0.25 helpful + harmless");
  });

  test("is finite at 1e6, and each rollout has its own u", () => {
    fc.assert(
      fc.property(batches(1e6), (drawn) => {
        const u = utility.utilities(drawn);
        expect(u.every(Number.isFinite)).toBe(true);
        expect(utility.utilities(reordered(drawn, [3, 1, 0, 2]))).toEqual(reorder(u, [3, 1, 0, 2]));
      }),
    );
  });

  test("refuses what it was not made for", () => {
    expect(() => weightedSumUtility([])).toThrow("at least one value");
    expect(() => weightedSumUtility([{ value: "a" }, { value: "a" }])).toThrow("names a value once");
    expect(() => weightedSumUtility([{ value: "a", weight: Number.NaN }])).toThrow("not finite");
    expect(() => utility.utilities(oneGroup([[1, 2]]))).toThrow("2 values was given 1 reward columns");
  });
});

describe("moments of base samples", () => {
  test("per prompt and over all, by hand", () => {
    const found = baseMoments([
      { promptHash: "p0", rewards: [1, 3] },
      { promptHash: "p1", rewards: [] },
      { promptHash: "p2", rewards: [6, 10, 10, 14] },
    ]);
    expect(Object.keys(found.prompts)).toEqual(["p0", "p2"]);
    expect(found.prompts.p0).toEqual({ mean: 2, std: 1 });
    expect(found.prompts.p2!.mean).toBeCloseTo(10, 12);
    expect(found.prompts.p2!.std).toBeCloseTo(Math.sqrt(8), 12);
    // 1, 3, 6, 10, 10, 14: mean 22/3, mean square 442/6
    expect(found.global.mean).toBeCloseTo(22 / 3, 12);
    expect(found.global.std).toBeCloseTo(Math.sqrt(442 / 6 - (22 / 3) ** 2), 12);
  });

  test("a prompt without a spread of its own gets the global one, about its own mean", () => {
    const found = baseMoments([
      { promptHash: "same", rewards: [5, 5, 5] },
      { promptHash: "one", rewards: [2] },
      { promptHash: "crumb", rewards: [7, 7 + 1e-9] },
      { promptHash: "wide", rewards: [0, 10] },
    ]);
    for (const [hash, mean] of [
      ["same", 5],
      ["one", 2],
      ["crumb", 7],
    ] as const) {
      expect(found.prompts[hash]!.std).toBe(found.global.std);
      expect(found.prompts[hash]!.mean).toBeCloseTo(mean, 6);
    }
    expect(found.prompts.wide!.std).toBe(5);
  });

  test("no sample, or one that is not finite, is refused", () => {
    expect(() => baseMoments([{ promptHash: "p", rewards: [] }])).toThrow(InputError);
    expect(() => baseMoments([{ promptHash: "p", rewards: [1, Number.NaN] }])).toThrow("NaN");
  });
});

describe("the z-scored sum", () => {
  const samples = (shift: number) => [
    baseMoments([
      { promptHash: "p0", rewards: [1 + shift, 3 + shift] },
      { promptHash: "p1", rewards: [6 + shift, 14 + shift] },
    ]),
    baseMoments([{ promptHash: "p0", rewards: [-20 + shift, 20 + shift] }]),
  ];
  const make = (per: "prompt" | "global", shift = 0) =>
    zScoreSumUtility(
      samples(shift).map((moments, v) => ({ value: ["a", "b"][v]!, weight: [1, 2][v]!, moments })),
      { per },
    );

  test("per prompt, by hand; a prompt never sampled gets the global moments", () => {
    // p0: a (r − 2)/1, b r/20; p1: a (r − 10)/4, b global r/20; p2: a global (r − 6)/√24.5, b r/20
    const u = make("prompt").utilities(
      batchOf(
        [
          [5, 18, 7],
          [20, -10, 40],
        ],
        1,
      ),
    );
    expect([...u].map((x) => Number(x.toFixed(10)))).toEqual([
      3 + 2,
      2 - 1,
      Number((1 / Math.sqrt(24.5) + 4).toFixed(10)),
    ]);
  });

  test("global, by hand", () => {
    const u = make("global").utilities(
      batchOf(
        [
          [5, 18],
          [20, -10],
        ],
        1,
      ),
    );
    expect(u[0]).toBeCloseTo(-1 / Math.sqrt(24.5) + 2, 12);
    expect(u[1]).toBeCloseTo(12 / Math.sqrt(24.5) - 1, 12);
  });

  test.each(["prompt", "global"] as const)(
    "per %s: finite at 1e6, blind to shifts, each its own u",
    (per) => {
      fc.assert(
        fc.property(batches(1e6), fc.double({ min: -50, max: 50, noNaN: true }), (drawn, shift) => {
          const u = make(per).utilities(drawn);
          expect(u.every(Number.isFinite)).toBe(true);
          expect(make(per).utilities(reordered(drawn, [3, 1, 0, 2]))).toEqual(reorder(u, [3, 1, 0, 2]));
          const moved = { ...drawn, rewards: drawn.rewards.map((column) => column.map((r) => r + shift)) };
          for (const [i, value] of make(per, shift).utilities(moved).entries())
            expect(Math.abs(value - u[i]!)).toBeLessThan(1e-7);
        }),
      );
    },
  );

  test("a value that is the same for all base samples adds nothing", () => {
    const constant = baseMoments([{ promptHash: "p0", rewards: [3, 3] }]);
    for (const per of ["prompt", "global"] as const) {
      const utility = zScoreSumUtility([{ value: "a", moments: constant }], { per });
      expect([...utility.utilities(oneGroup([[1e6, 3, -5]]))].map(Math.abs)).toEqual([0, 0, 0]);
    }
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareFrontier, KL_GRID } from "./compare.ts";
import type { KindComparison } from "./comparison.ts";
import { describeFrontier } from "./describe.ts";
import { kOf, type MadeMethod, madeFrontier } from "./rows.fixture.ts";
import { atKl, measuredOf } from "./trajectory.ts";

const options = { seed: 1, resamples: 200 };

/** Linear in KL, so that interpolation is exact. */
const line =
  (slope: number) =>
  (kl: number): number =>
    0.2 + slope * kl;
const AND: MadeMethod = { method: "LSC AND", allGood: line(0.02), rl: { "0.1": [0.7, 3, 9] } };
const SUM: MadeMethod = {
  method: "raw sum 1:1:1:1",
  allGood: line(0.015),
  gap: (kl) => 0.01 * kl,
  rl: { "0.3": [0.5, 2.5, 5], "0.1": [2, 6, 20] },
};
const WEIGHTED: MadeMethod = { method: "raw sum 2:1:1:1", allGood: line(0.01), rl: { "0.3": [1, 3, 33] } };
const MIN: MadeMethod = { method: "min", allGood: line(0.03), rl: { "0.3": [0.4, 0.9] } };
const methods = [AND, SUM, WEIGHTED, MIN];

const kindOf = (kinds: readonly KindComparison[], kind: KindComparison["kind"]) =>
  kinds.find((each) => each.kind === kind)!;

describe("on rows made from formulas", () => {
  const { kinds, base } = compareFrontier(madeFrontier({ methods }), options);
  const [bestOfK, rl] = [kindOf(kinds, "best-of-k"), kindOf(kinds, "rl")];

  test("best-of-k is compared at its ks, reinforcement learning where both sides were measured on both sides", () => {
    expect(bestOfK.levels.map(({ k }) => k)).toEqual([2, 4, 8, 16]);
    expect(rl.levels.map(({ kl }) => kl)).toEqual([1, 2, 4, 8]);
    expect(rl.levels.map(({ place }) => place)).toEqual(["low", null, null, "high"]);
  });
  test("the difference of two lines is theirs, at measured levels and between", () => {
    for (const level of [...bestOfK.levels, ...rl.levels]) {
      expect(level.bestRawSum).toBe("raw sum 1:1:1:1");
      const versus = level.differences.find(({ against }) => against === level.bestRawSum)!;
      expect(versus.allGood.value).toBeCloseTo(0.005 * level.kl, 12);
      expect(versus.gap.value).toBeCloseTo(-0.01 * level.kl, 12);
      expect(versus.trueValues.factual!.value).toBeCloseTo(0.005 * level.kl, 12);
      expect(versus.verdict).toBe("ahead");
    }
  });
  test("nothing is extrapolated: a method stands only at levels that it reached", () => {
    const at = (kl: number) =>
      rl.levels.find((level) => level.kl === kl)!.standings.map(({ method }) => method);
    expect(at(1)).toEqual(["LSC AND", "raw sum 1:1:1:1", "raw sum 2:1:1:1"]);
    expect(bestOfK.levels[0]!.standings.map(({ method }) => method)).toContain("min");
    // weight 0.3 of the even sum ended at 5 nats
    expect(rl.levels.at(-1)!.standings.find(({ method }) => method === "raw sum 1:1:1:1")!.klWeight).toBe(
      0.1,
    );
  });
  test("probes are held against the base of the same seed", () => {
    const { probes } = bestOfK.levels[1]!.standings[0]!;
    expect(probes.words!.value).toBeCloseTo(5 * kOf(4), 10);
    expect(base!.probes.words).toBe(30);
  });
  test("distributions are those at the level, of the two that the sentence is about", () => {
    const { distributions } = rl.levels[2]!;
    expect(Object.keys(distributions)).toEqual(["LSC AND", "raw sum 1:1:1:1"]);
    expect(distributions["LSC AND"]!.helpful!.z[2]).toBeCloseTo(4, 10);
  });
  test("the text says what was found", () => {
    const text = describeFrontier(compareFrontier(madeFrontier({ methods }), options));
    expect(text).toContain("low KL (k = 2, 0.19 nats): LSC AND 20.4 %, best raw sum (1:1:1:1) 20.3 %");
    expect(text).toContain(
      "high KL (8 nats): LSC AND 36.0 %, best raw sum (1:1:1:1) 32.0 %; difference +4.0 [+4.0, +4.0] points: ahead",
    );
  });
});

test("of several KL weights the best one by the mean over seeds counts, at each level anew", () => {
  const bent = (weight: string, slope: number): MadeMethod => ({
    ...AND,
    allGood: line(slope),
    rl: { [weight]: [0.5, 9] },
  });
  const rows = madeFrontier({ methods: [bent("0.1", 0.02), bent("0.3", 0.05), SUM] });
  const [level] = kindOf(compareFrontier(rows, options).kinds, "rl").levels;
  const own = level!.standings.find(({ method }) => method === "LSC AND")!;
  expect(own.klWeight).toBe(0.3);
  expect(own.allGood.value).toBeCloseTo(0.25, 12);
});

test("the order of rows changes nothing", () => {
  const rows = madeFrontier({
    methods,
    noise: { seed: 0.02, prompt: 0.1, cell: 0.2 },
    prompts: 10,
    seeds: 3,
  });
  const expected = compareFrontier(rows, options);
  fc.assert(
    fc.property(fc.shuffledSubarray(rows, { minLength: rows.length }), (shuffled) => {
      expect(compareFrontier(shuffled, options)).toEqual(expected);
    }),
    { numRuns: 10 },
  );
});

test("over many frontiers the interval of the difference holds the true one about 95 times in 100", () => {
  const pair = [AND, SUM].map(({ rl: _, ...way }) => way);
  let held = 0;
  const times = 300;
  for (let seed = 1; seed <= times; seed++) {
    const rows = madeFrontier({
      methods: pair,
      seed,
      prompts: 30,
      ks: [8],
      values: ["helpful"],
      noise: { seed: 0.03, prompt: 0.2, cell: 0.2 },
    });
    const [level] = compareFrontier(rows, options).kinds[0]!.levels;
    const [low, high] = level!.differences[0]!.allGood.ci95;
    if (low <= 0.005 * kOf(8) && 0.005 * kOf(8) <= high) held += 1;
  }
  expect(held / times).toBeGreaterThan(0.91);
  expect(held / times).toBeLessThan(0.99);
}, 60_000);

test("differences are paired: what prompts have in common does not widen the interval", () => {
  const pair = [AND, SUM].map(({ rl: _, ...way }) => way);
  const rows = madeFrontier({ methods: pair, noise: { cell: 0.001 } });
  const shared = rows.map((row) => ({
    ...row,
    byPrompt: row.byPrompt.map((x, p) => x + 0.3 * Math.sin(9 * p)),
  }));
  const [level] = compareFrontier(shared, options).kinds[0]!.levels;
  const { ci95 } = level!.differences[0]!.allGood;
  expect(ci95[1] - ci95[0]).toBeLessThan(0.01);
  const own = level!.standings[0]!.allGood.ci95;
  expect(own[1] - own[0]).toBeGreaterThan(0.05);
});

test("a seed that is not done is left out and named", () => {
  const rows = madeFrontier({ methods, seeds: 3 }).filter(
    ({ seed, method, setting }) => !(seed === 3 && method === "min" && setting.kind === "rl"),
  );
  const { kinds } = compareFrontier(rows, options);
  expect(kindOf(kinds, "rl")).toMatchObject({ seeds: [1, 2], seedsLeftOut: [3] });
  expect(kindOf(kinds, "best-of-k")).toMatchObject({ seeds: [1, 2, 3], seedsLeftOut: [] });
});

test("a level that one seed did not reach is not compared", () => {
  const rows = madeFrontier({ methods: [AND, SUM], seeds: 2 }).map((row) =>
    row.method === "LSC AND" && row.seed === 2 && row.kl === 9 ? { ...row, kl: 3.5 } : row,
  );
  expect(kindOf(compareFrontier(rows, options).kinds, "rl").levels.map(({ kl }) => kl)).toEqual([1, 2]);
});

test("without LSC AND, or without a raw sum, nothing is claimed", () => {
  expect(compareFrontier(madeFrontier({ methods: [SUM] }), options).kinds[0]!.levels).toEqual([]);
  const alone = compareFrontier(madeFrontier({ methods: [AND] }), options);
  expect(alone.kinds[0]!.levels[0]).toMatchObject({ place: null, bestRawSum: null, differences: [] });
  expect(describeFrontier(alone)).toContain(
    "LSC AND and a raw sum were not measured at one KL by every seed",
  );
});

test("no rows, and rows of other prompts, are refused", () => {
  expect(() => compareFrontier([], options)).toThrow("the frontier has no rows");
  const mixed = [...madeFrontier({ methods }), ...madeFrontier({ methods, prompts: 7 })];
  expect(() => compareFrontier(mixed, options)).toThrow("40 and 7 prompts");
});

test("where KL goes up and down, the first time that it is reached counts", () => {
  const [row] = madeFrontier({ methods: [AND], ks: [2] });
  const points = [0, 4, 2, 6].map((kl, i) => ({ ...measuredOf(row!), kl, allGood: i }));
  expect(atKl(points, 3)?.allGood).toBeCloseTo(0.75, 12);
  expect(atKl(points, 4)?.allGood).toBe(1);
  expect(atKl(points, 5)?.allGood).toBeCloseTo(2.75, 12);
  expect(atKl(points, 6.5)).toBeUndefined();
  expect(KL_GRID[0]).toBe(1);
});

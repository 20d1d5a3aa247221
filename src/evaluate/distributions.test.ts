import { describe, expect, test } from "vitest";
import { compileGoal } from "../objective/index.ts";
import { candidateScores } from "./candidates.fixture.ts";
import { chooseAll } from "./candidates.ts";
import { binEdges, histogram, valueDistributions, weightedQuantiles } from "./distributions.ts";
import { baseMethod, goalMethod } from "./methods.ts";
import { scoreSets, scoring } from "./scored-set.ts";

describe("histogram", () => {
  test("bins are closed below, the last one also above, and outliers go to the ends", () => {
    const { shares, outside } = histogram([-5, 0, 0.5, 1, 2, 9], [1, 1, 1, 1, 1, 1], [0, 1, 2]);
    expect(shares).toEqual([3, 3]);
    expect(outside).toEqual({ below: 1, above: 1 });
  });

  test("edges ascend even where all numbers are equal", () => {
    for (const x of [0, 3, 1e9, -1e60]) {
      const edges = binEdges([x, x]);
      expect(edges).toHaveLength(31);
      for (let i = 1; i < edges.length; i++) expect(edges[i]).toBeGreaterThan(edges[i - 1]!);
    }
  });
});

test("weighted quantiles invert the weighted distribution function", () => {
  const x = Float64Array.of(3, 1, 2);
  expect(weightedQuantiles(x, Float64Array.of(0.25, 0.25, 0.5), [0, 0.25, 0.26, 0.75, 0.76, 1])).toEqual([
    1, 1, 2, 2, 3, 3,
  ]);
  // no mass, no say
  expect(weightedQuantiles(x, Float64Array.of(0, 0, 1), [0.05, 0.95])).toEqual([2, 2]);
});

test("before and after choosing, every prompt weighing the same", () => {
  const how = scoring(compileGoal("a"), [2]);
  const sets = scoreSets(
    [candidateScores([[2, 6]], { references: [4] }), candidateScores([[0, 4, 8, 12]], { references: [4] })],
    how,
  );
  const [of] = valueDistributions(chooseAll([baseMethod(), goalMethod(how)], sets), sets, [
    { name: "a", direction: "more", judgedBy: "same-rewards", unit: "z", temperature: 2 },
  ]);
  const [base, goal] = of!.series;
  // z: −1, 1 and −2, 0, 2, 4
  expect(base!.mean).toBeCloseTo((0 + 1) / 2, 12);
  expect(base!.std).toBeCloseTo(Math.sqrt((1 + 1) / 4 + (4 + 0 + 4 + 16) / 8 - 0.25), 12);
  expect(base!.aboveReference).toBeCloseTo((0.5 + 0.5) / 2, 12);
  expect(base!.quantiles.map(({ z }) => z)).toEqual([-2, -1, 0, 1, 4]);
  expect(goal!.mean).toBe((1 + 4) / 2);
  expect(goal!.aboveReference).toBe(1);
  for (const { shares } of [base!, goal!]) expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  expect(base!.shares).toHaveLength(of!.edges.length - 1);
});

import { describe, expect, test } from "vitest";
import { REWARDBENCH, rewardBench } from "./rewardbench.ts";

let prompts = 0;
const rows = (subset: string, ...differences: number[]) =>
  differences.map((difference) => ({ subset, difference, promptHash: `p${prompts++}` }));

describe("RewardBench", () => {
  test("weighs subsets by their counts; a tie is lost", () => {
    const found = rewardBench(
      [
        ...rows("math-prm", 1, 1, 1, 0), // 3 of 4
        ...rows("hep-python", 1, -1), // 1 of 2
        ...rows("alpacaeval-easy", 2, 0, 0, 0, -1), // 1 of 5
        ...rows("mt-bench-med", 5), // 1 of 1
      ],
      { seed: 1 },
    );
    const accuracy = (section: string, subset?: string) =>
      found.find((row) => row.section === section && row.subset === subset)!;
    expect(accuracy("Reasoning", "math-prm")).toMatchObject({ pairs: 4, accuracy: 0.75 });
    expect(accuracy("Reasoning").accuracy).toBeCloseTo((984 * 0.75 + 164 * 0.5) / (984 + 164), 12);
    expect(accuracy("Chat", "alpacaeval-easy").accuracy).toBeCloseTo(0.2, 12);
    expect(accuracy("Chat")).toMatchObject({ pairs: 6, accuracy: (100 * 0.2 + 40 * 1) / 140 });
    expect(found.map(({ section, subset }) => subset ?? section)).toEqual([
      "Chat",
      "alpacaeval-easy",
      "mt-bench-med",
      "Reasoning",
      "math-prm",
      "hep-python",
    ]);
    for (const { accuracy, ci95 } of found) {
      expect(ci95[0]).toBeLessThanOrEqual(accuracy);
      expect(ci95[1]).toBeGreaterThanOrEqual(accuracy);
    }
  });

  test("keeps subsets that it does not know under their own name", () => {
    expect(rewardBench(rows("Factuality", 1, -1), { seed: 1 })).toMatchObject([
      { section: "Factuality", accuracy: 0.5 },
      { section: "Factuality", subset: "Factuality", accuracy: 0.5 },
    ]);
    // names of things that every object has are names like others
    expect(rewardBench(rows("constructor", 1), { seed: 1 })[0]).toMatchObject({
      section: "constructor",
      accuracy: 1,
    });
  });

  test("has the 23 subsets of the benchmark, 2,985 rows with math-prm at its own 447", () => {
    const counts = Object.values(REWARDBENCH).flatMap((section) => Object.entries(section));
    expect(counts).toHaveLength(23);
    const total = counts.reduce((sum, [subset, count]) => sum + (subset === "math-prm" ? 447 : count), 0);
    expect(total).toBe(2985);
    expect(Object.values(REWARDBENCH.Reasoning!).reduce((a, b) => a + b)).toBe(2 * 984);
  });
});

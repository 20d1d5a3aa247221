import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../io/errors.ts";
import { compileGoal } from "../objective/index.ts";
import { candidateScores } from "./candidates.fixture.ts";
import { judge, judgedValues, weakest, winRates } from "./judging.ts";
import { type CandidateScores, scoreSets, scoring } from "./scored-set.ts";

function judged(goal: string, sets: CandidateScores[], force?: "truth" | "judge" | "same-rewards") {
  const compiled = compileGoal(goal);
  const how = scoring(
    compiled,
    compiled.values.map(() => 1),
  );
  const scored = scoreSets(sets, how);
  const values = judgedValues(scored, how, force);
  return { values, ...judge(scored, values, how) };
}

describe("winRates", () => {
  test("counts the others that a candidate beats, ties half", () => {
    expect([...winRates(Float64Array.of(3, 1, 1, 0))]).toEqual([1, 0.5, 0.5, 0]);
  });

  test("equals the definition, and averages to one half", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 2, maxLength: 9 }), (quality) => {
        const rates = winRates(Float64Array.from(quality));
        quality.forEach((own, c) => {
          const others = quality.filter((_, o) => o !== c);
          const wins = others.filter((q) => own > q).length + others.filter((q) => own === q).length / 2;
          expect(rates[c]).toBeCloseTo(wins / others.length, 12);
        });
        expect(rates.reduce((a, b) => a + b) / rates.length).toBeCloseTo(0.5, 12);
      }),
    );
  });
});

describe("who judges", () => {
  const rewards = [
    [1, 2],
    [3, 4],
  ];
  const truth = [Float64Array.of(1, 0), undefined];
  const judges = [Float64Array.of(-1, 1), Float64Array.of(2, -2)];

  test("truth, else a judge, else the same rewards, value by value", () => {
    const { values } = judged("a and b", [candidateScores(rewards, { truth, judge: judges })]);
    expect(values.map(({ judgedBy, unit }) => [judgedBy, unit])).toEqual([
      ["truth", "share true"],
      ["judge", "z"],
    ]);
    expect(judged("a and b", [candidateScores(rewards)]).values.map((v) => v.judgedBy)).toEqual([
      "same-rewards",
      "same-rewards",
    ]);
  });

  test("truth at some prompts only is not used", () => {
    const sets = [
      candidateScores(rewards, { truth, judge: judges }),
      candidateScores(rewards, { judge: judges }),
    ];
    expect(judged("a and b", sets).values[0]!.judgedBy).toBe("judge");
  });

  test("can be forced, but not to what isn't there", () => {
    const set = candidateScores(rewards, { truth, judge: judges });
    expect(judged("a and b", [set], "judge").values[0]!.judgedBy).toBe("judge");
    expect(() => judged("a and b", [set], "truth")).toThrow(InputError);
  });

  test("the weakest judge speaks for all", () => {
    expect(weakest(["truth", "judge"])).toBe("judge");
    expect(weakest(["same-rewards", "truth"])).toBe("same-rewards");
    expect(weakest(["truth"])).toBe("truth");
  });
});

describe("good", () => {
  test("truth of 0.5 is good, z of 0 is not", () => {
    const byTruth = judged("a", [candidateScores([[0, 0, 0]], { truth: [Float64Array.of(0.49, 0.5, 1)] })]);
    expect([...byTruth.good[0]!]).toEqual([0, 1, 1]);
    expect([...judged("a", [candidateScores([[-1, 0, 1]])]).good[0]!]).toEqual([0, 0, 1]);
  });

  test("a value under not is good where it is low", () => {
    const { good, win, goodInAll, goalMet, mean } = judged("a and not b", [
      candidateScores([
        [1, 1],
        [1, -1],
      ]),
    ]);
    expect([...good[1]!]).toEqual([0, 1]);
    expect([...win[1]!]).toEqual([0, 1]);
    expect([...mean[1]!]).toEqual([1, -1]);
    expect([...goodInAll]).toEqual([0, 1]);
    expect([...goalMet]).toEqual([0, 1]);
  });

  test("the goal is met by the truth table of its sentence", () => {
    // all eight combinations of a, b, c
    const column = (bit: number) => Array.from({ length: 8 }, (_, i) => ((i >> bit) & 1 ? 1 : -1));
    const { goalMet } = judged("a and (b or not c)", [candidateScores([column(0), column(1), column(2)])]);
    const expected = Array.from({ length: 8 }, (_, i) => {
      const [a, b, c] = [i & 1, (i >> 1) & 1, (i >> 2) & 1];
      return a && (b || !c) ? 1 : 0;
    });
    expect([...goalMet]).toEqual(expected);
  });

  test.each([
    ["a^1e-9", (a: boolean) => a],
    ["(a and b)^1e-12 or c^1e-8", (a: boolean, b: boolean, c: boolean) => (a && b) || c],
    ["a^3 and not b^1e-7", (a: boolean, b: boolean) => a && !b],
    ["exactly 1 of (a, b^0.5, c)", (...of: boolean[]) => of.filter(Boolean).length === 1],
    ["at most 1 of (a, b, c)", (...of: boolean[]) => of.filter(Boolean).length <= 1],
  ])("the goal %s is met as its Boolean sentence is, whatever the importance", (goal, expected) => {
    const bits = Array.from({ length: 8 }, (_, i) => [0, 1, 2].map((bit) => ((i >> bit) & 1) === 1));
    const columns = [0, 1, 2].map((bit) => bits.map((row) => (row[bit] ? 1 : -1)));
    const used = columns.slice(0, compileGoal(goal).values.length);
    const { goalMet } = judged(goal, [candidateScores(used)]);
    const met = bits.map(([a, b, c]) => (expected(a!, b!, c!) ? 1 : 0));
    expect([...goalMet]).toEqual(met);
  });
});

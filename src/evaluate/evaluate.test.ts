import { describe, expect, test } from "vitest";
import { InputError } from "../io/errors.ts";
import { compileGoal, logSigmoid } from "../objective/index.ts";
import { createRandom } from "../stats/random.ts";
import { klBound, softKlBound } from "./best-of-k-evaluation.ts";
import { candidateScores, randomScores } from "./candidates.fixture.ts";
import { type EvaluationOptions, evaluateBestOfK } from "./evaluate.ts";
import { EQUAL_SUM, GOAL } from "./method.ts";
import type { CandidateScores } from "./scored-set.ts";
import type { Evaluation, MethodResult } from "./types.ts";

const evaluate = (
  sets: CandidateScores[],
  sentence = "a and b",
  more: Partial<EvaluationOptions> = {},
): Evaluation => {
  const goal = compileGoal(sentence);
  return evaluateBestOfK(sets, {
    goal,
    temperatures: goal.values.map(() => 1),
    seed: 1,
    resamples: 200,
    ...more,
  });
};

const method = ({ bestOfK }: Evaluation, name: string): MethodResult =>
  bestOfK.methods.find((each) => each.name === name)!;

describe("two prompts worked by hand", () => {
  const result = evaluate([
    // goal picks 1, the sum picks 2
    candidateScores(
      [
        [2, 0, -1],
        [-2, 1, 3],
      ],
      { promptHash: "one", responses: ["a b", "four", "a b c"] },
    ),
    // both pick 0
    candidateScores(
      [
        [1, -1],
        [2, 1],
      ],
      { promptHash: "two", responses: ["xy", "wxyz"] },
    ),
  ]);
  const goal = method(result, GOAL);
  const sum = method(result, EQUAL_SUM);
  const base = method(result, "base");

  test("win rates", () => {
    expect(goal.winRate.a!.value).toBe((0.5 + 1) / 2);
    expect(goal.winRate.b!.value).toBe((0.5 + 1) / 2);
    expect(sum.winRate.a!.value).toBe((0 + 1) / 2);
    expect(sum.winRate.b!.value).toBe((1 + 1) / 2);
    expect(sum.winRate.b!.versusGoal!.value).toBe(0.25);
    expect(goal.winRate.a!.versusGoal).toBeNull();
    expect(base.winRate.a!.value).toBeCloseTo(0.5, 12);
    expect(base.winRate.b!.value).toBeCloseTo(0.5, 12);
  });

  test("balance", () => {
    expect(sum.worstWinRate.value).toBe(0.5);
    expect(sum.winRateGap.value).toBe(0.5);
    expect(goal.worstWinRate.value).toBe(0.75);
    expect(goal.winRateGap.value).toBe(0);
    expect(sum.worstWinRate.versusGoal!.value).toBe(-0.25);
  });

  test("good, mean and utility of the chosen", () => {
    // prompt one: (0, 1), z of 0 is not good; prompt two: (1, 2)
    expect(goal.good.a!.value).toBe(0.5);
    expect(goal.good.b!.value).toBe(1);
    expect(goal.goodInAll.value).toBe(0.5);
    expect(goal.goalMet.value).toBe(0.5);
    expect(base.goodInAll.value).toBeCloseTo((0 + 1 / 2) / 2, 12);
    expect(goal.mean.b!.value).toBe((1 + 2) / 2);
    const u = (a: number, b: number) => logSigmoid(a) + logSigmoid(b);
    expect(goal.utility.value).toBeCloseTo((u(0, 1) + u(1, 2)) / 2, 12);
    expect(sum.utility.value).toBeCloseTo((u(-1, 3) + u(1, 2)) / 2, 12);
  });

  test("KL bound, length, difference and ties", () => {
    expect(goal.klBound).toBeCloseTo((Math.log(3) - 2 / 3 + Math.log(2) - 1 / 2) / 2, 12);
    expect(base.klBound).toBe(0);
    expect(goal.characters.value).toBe((4 + 2) / 2);
    expect(sum.characters.value).toBe((5 + 2) / 2);
    expect(sum.words.value).toBe((3 + 1) / 2);
    expect(sum.differsFromGoal.value).toBe(0.5);
    expect(goal.differsFromGoal.value).toBe(0);
    expect(base.differsFromGoal.value).toBeCloseTo((2 / 3 + 1 / 2) / 2, 12);
    expect(goal.tied).toBe(0);
    expect(base.tied).toBe(0);
    expect(method(result, "sum of CDFs, per prompt").tied).toBe(0.5);
  });

  test("counts and says what it is", () => {
    expect(result.bestOfK.prompts).toEqual({
      given: 2,
      seen: null,
      single: 0,
      evaluated: 2,
      onlySeen: false,
    });
    expect(result.bestOfK.candidates).toEqual({ total: 5, fewest: 2, most: 3, mean: 2.5 });
    expect(result.bestOfK.judgedBy).toBe("same-rewards");
    expect(result.bestOfK.notes.join(" ")).toMatch(/same rewards that chose/);
  });

  test("sensitivity: where the two differ, and who wins there", () => {
    const { singleValue, againstEqualSum } = result.sensitivity;
    expect(singleValue).toEqual([
      { value: "a", prompts: 2, same: 2 },
      { value: "b", prompts: 2, same: 2 },
    ]);
    expect(againstEqualSum.differ.value).toBe(0.5);
    expect(againstEqualSum.prompts).toBe(1);
    expect(againstEqualSum.there!.goalBeatsSum.a!.value).toBe(1);
    expect(againstEqualSum.there!.goalBeatsSum.b!.value).toBe(0);
    expect(againstEqualSum.there!.utility.difference.value).toBeCloseTo(
      logSigmoid(0) + logSigmoid(1) - logSigmoid(-1) - logSigmoid(3),
      12,
    );
  });

  test("binding: the steepest slope is that of the lowest z", () => {
    const { binding } = result;
    // both chosen, (0, 1) and (1, 2), are held back by a
    expect(binding.values[0]).toMatchObject({ value: "a", prompts: 2, noCandidateGood: 0 });
    expect(binding.values[0]!.share.value).toBe(1);
    expect(binding.values[1]).toMatchObject({ value: "b", prompts: 0 });
    // ∂u/∂z = σ(−z)
    expect(binding.values[0]!.meanSlope).toBeCloseTo((0.5 + 1 / (1 + Math.E)) / 2, 12);
    expect(binding.mostHeldBack.map(({ promptHash }) => promptHash)).toEqual(["one", "two"]);
    expect(binding.mostHeldBack[0]).toMatchObject({
      chosenId: "1",
      response: "four",
      binding: "a",
      values: { a: { z: 0, best: 2 }, b: { z: 1, best: 3 } },
    });
  });
});

test("all of it is JSON without NaN or Infinity", () => {
  const result = evaluate(randomScores({ seed: 1, prompts: 20, candidates: 3, values: 3 }), "a and b and c");
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  const numbers: number[] = [];
  JSON.stringify(result, (_, value) => {
    if (typeof value === "number") numbers.push(value);
    return value;
  });
  expect(numbers.length).toBeGreaterThan(1000);
  expect(numbers.every(Number.isFinite)).toBe(true);
});

describe("properties", () => {
  const sets = randomScores({ seed: 2, prompts: 40, candidates: 5, values: 2 });
  const points = (result: Evaluation) =>
    result.bestOfK.methods.map(({ winRate, goodInAll, utility, characters, differsFromGoal, worstWinRate }) =>
      [winRate.a!, winRate.b!, goodInAll, utility, characters, differsFromGoal, worstWinRate].map(
        (e) => e.value,
      ),
    );
  const expectSamePoints = (one: Evaluation, other: Evaluation) => {
    points(one).forEach((row, m) => {
      row.forEach((value, i) => {
        expect(points(other)[m]![i]).toBeCloseTo(value, 10);
      });
    });
  };

  test("the order of prompts does not matter", () => {
    expectSamePoints(evaluate(sets), evaluate(createRandom(1).shuffle(sets)));
  });

  test("the order of candidates does not matter", () => {
    const random = createRandom(3);
    const turned = sets.map((set) => {
      const order = random.shuffle([...set.ids.keys()]);
      const columns = (all: readonly (Float64Array | undefined)[]) =>
        all.map((column) => Float64Array.from(order, (c) => column![c]!));
      return {
        ...set,
        ids: order.map((c) => set.ids[c]!),
        responses: order.map((c) => set.responses[c]!),
        rewards: columns(set.rewards),
        truth: columns(set.truth!),
      };
    });
    expectSamePoints(evaluate(sets), evaluate(turned));
  });

  test("a shift of a column with its references changes nothing", () => {
    const shifted = sets.map((set) => ({
      ...set,
      rewards: [set.rewards[0]!.map((r) => r + 64), set.rewards[1]!],
      references: [64, 0],
    }));
    expectSamePoints(evaluate(sets), evaluate(shifted));
  });

  test("win rates against the base equal those counted over all pairs of prompt and other candidate", () => {
    const result = method(evaluate(sets), "only a");
    let wins = 0;
    for (const { rewards, truth } of sets) {
      const pick = rewards[0]!.indexOf(Math.max(...rewards[0]!));
      const others = [...truth![1]!.keys()].filter((c) => c !== pick);
      wins += others.filter((c) => truth![1]![pick]! > truth![1]![c]!).length / others.length;
    }
    expect(result.winRate.b!.value).toBeCloseTo(wins / sets.length, 12);
  });

  test("intervals hold their value, and the same seed gives the same bytes", () => {
    const result = evaluate(sets);
    for (const { winRate, goodInAll, utility } of result.bestOfK.methods) {
      for (const { value, ci95 } of [winRate.a!, winRate.b!, goodInAll, utility]) {
        expect(ci95[0]).toBeLessThanOrEqual(value + 1e-9);
        expect(ci95[1]).toBeGreaterThanOrEqual(value - 1e-9);
      }
    }
    expect(JSON.stringify(evaluate(sets))).toBe(JSON.stringify(result));
  });

  test("the goal has the highest mean utility of all methods, and the oracle meets the goal most often", () => {
    const { bestOfK } = evaluate(sets);
    const most = Math.max(...bestOfK.methods.map(({ utility }) => utility.value));
    expect(method({ bestOfK } as Evaluation, GOAL).utility.value).toBe(most);
    const met = Math.max(...bestOfK.methods.map(({ goalMet }) => goalMet.value));
    expect(method({ bestOfK } as Evaluation, "oracle").goalMet.value).toBe(met);
  });

  test("the front holds what nothing dominates", () => {
    const { methods } = evaluate(sets).bestOfK;
    const real = methods.filter(({ family }) => !["base", "single-value", "oracle"].includes(family));
    for (const each of methods) {
      const dominated = real.some(
        ({ winRate }) =>
          winRate.a!.value >= each.winRate.a!.value &&
          winRate.b!.value >= each.winRate.b!.value &&
          winRate.a!.value + winRate.b!.value > each.winRate.a!.value + each.winRate.b!.value,
      );
      expect([each.name, each.pareto]).toEqual([each.name, real.includes(each) && !dominated]);
    }
    expect(methods.some(({ pareto }) => pareto)).toBe(true);
  });
});

test("for one value LSC changes no choice", () => {
  const sets = randomScores({ seed: 9, prompts: 60, candidates: 6, values: 1 });
  const result = evaluate(sets, "a");
  expect(result.sensitivity.singleValue).toEqual([{ value: "a", prompts: 60, same: 60 }]);
  expect(result.sensitivity.againstEqualSum).toMatchObject({ prompts: 0, there: null });
  expect(result.sensitivity.againstEqualSum.differ.value).toBe(0);
  expect(method(result, "only a").differsFromGoal.value).toBe(0);
});

describe("which prompts", () => {
  const sets = randomScores({ seed: 5, prompts: 10, candidates: 3, values: 2 });

  test("seen ones are left out and counted", () => {
    const { bestOfK } = evaluate(sets, "a and b", { seen: new Set(["prompt 0", "prompt 3", "elsewhere"]) });
    expect(bestOfK.prompts).toEqual({ given: 10, seen: 2, single: 0, evaluated: 8, onlySeen: false });
    const without = sets.filter((_, i) => i !== 0 && i !== 3);
    expect(bestOfK.methods).toEqual(evaluate(without, "a and b", { seen: new Set() }).bestOfK.methods);
  });

  test("if all are seen they are used, and it is said", () => {
    const { bestOfK } = evaluate(sets, "a and b", {
      seen: new Set(sets.map(({ promptHash }) => promptHash)),
    });
    expect(bestOfK.prompts).toMatchObject({ seen: 10, evaluated: 10, onlySeen: true });
    expect(bestOfK.notes[0]).toMatch(/optimistic/);
  });

  test("one candidate only: left out and counted", () => {
    const single = candidateScores([[1], [1]], { promptHash: "single" });
    const { bestOfK } = evaluate([...sets, single]);
    expect(bestOfK.prompts).toMatchObject({ given: 11, single: 1, evaluated: 10 });
    expect(bestOfK.methods.map(({ utility }) => utility)).toEqual(
      evaluate(sets).bestOfK.methods.map(({ utility }) => utility),
    );
    expect(() => evaluate([single])).toThrow(/no prompt has two candidates/);
  });

  test("no prompt at all", () => {
    expect(() => evaluate([])).toThrow(InputError);
  });
});

test("candidates that are all equal: every method is the base", () => {
  const sets = Array.from({ length: 3 }, (_, i) =>
    candidateScores(
      [
        [1, 1, 1],
        [2, 2, 2],
      ],
      { promptHash: String(i) },
    ),
  );
  const result = evaluate(sets);
  for (const { winRate, differsFromGoal, tied, family } of result.bestOfK.methods) {
    expect(winRate.a!.value).toBeCloseTo(0.5, 12);
    expect(differsFromGoal.value).toBe(0);
    expect(tied).toBe(family === "base" ? 0 : 1);
  }
});

describe("numbers that can't be used", () => {
  test.each([
    ["NaN", Number.NaN],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["-Infinity", Number.NEGATIVE_INFINITY],
    ["too large", 1e200],
  ])("a reward that is %s", (_, reward) => {
    const set = candidateScores([
      [1, reward],
      [1, 2],
    ]);
    expect(() => evaluate([set])).toThrow(InputError);
    expect(() => evaluate([set])).toThrow(/a reward is not a number within .*"a"/);
  });

  test("a truth outside 0…1, a judge that is NaN, a temperature of 0", () => {
    const rewards = [
      [1, 2],
      [1, 2],
    ];
    const bad = [Float64Array.of(0, 1.5), undefined];
    expect(() => evaluate([candidateScores(rewards, { truth: bad })])).toThrow(/outside 0…1/);
    expect(() =>
      evaluate([candidateScores(rewards, { judge: [Float64Array.of(0, Number.NaN), undefined] })]),
    ).toThrow(/a judgement is not a number/);
    expect(() => evaluate([candidateScores(rewards)], "a and b", { temperatures: [1, 0] })).toThrow(
      /temperature of "b"/,
    );
    expect(() => evaluate([candidateScores(rewards)], "a and b", { temperatures: [1] })).toThrow(
      /temperature of "b"/,
    );
  });

  test("columns of different lengths", () => {
    const set = candidateScores([[1, 2]]);
    expect(() => evaluate([set])).toThrow(/wrong number of reward columns/);
    expect(() => evaluate([{ ...set, responses: ["one"] }], "a")).toThrow(/wrong number of responses/);
    expect(() => evaluate([{ ...set, rewards: [Float64Array.of(1)] }], "a")).toThrow(
      /wrong number of rewards for "a"/,
    );
  });

  test("rewards far apart stay finite", () => {
    const set = candidateScores([
      [1e6, -1e6, 0],
      [-1e6, 1e6, 0],
    ]);
    const { bestOfK } = evaluate([set]);
    for (const { utility, winRate } of bestOfK.methods) {
      expect(Number.isFinite(utility.value)).toBe(true);
      expect(Number.isFinite(winRate.a!.value)).toBe(true);
    }
  });
});

describe("KL bounds", () => {
  test("best of 1 does not move, best of 2 moves by log 2 − ½", () => {
    expect(klBound(1)).toBe(0);
    expect(klBound(2)).toBeCloseTo(0.19314718, 8);
  });

  test("equals the KL of the density k F^(k−1) from the uniform, by numerical integration", () => {
    const k = 5;
    const steps = 200_000;
    let sum = 0;
    for (let i = 0; i < steps; i++) {
      const density = k * ((i + 0.5) / steps) ** (k - 1);
      sum += (density * Math.log(density)) / steps;
    }
    expect(klBound(k)).toBeCloseTo(sum, 6);
  });

  test("a soft choice lies between 0 and log k", () => {
    expect(softKlBound(Float64Array.of(0.25, 0.25, 0.25, 0.25))).toBe(0);
    expect(softKlBound(Float64Array.of(1, 0, 0))).toBeCloseTo(Math.log(3), 12);
    expect(softKlBound(Float64Array.of(0.75, 0.25))).toBeCloseTo(
      0.75 * Math.log(1.5) + 0.25 * Math.log(0.5),
      12,
    );
  });

  test("soft choices are added with their bound", () => {
    const set = candidateScores([[3, -3]]);
    const result = evaluate([set, set], "a", { gammas: [1] });
    const soft = method(result, `${GOAL}, soft γ=1`);
    const odds = Math.exp(logSigmoid(3) - logSigmoid(-3));
    const p = odds / (1 + odds);
    // p is near 1, and the choice near the hard one: its own bound goes to log 2, and the hard one's is less
    expect(softKlBound(Float64Array.of(p, 1 - p))).toBeGreaterThan(klBound(2));
    expect(soft.klBound).toBeCloseTo(klBound(2), 12);
    const mild = method(evaluate([set, set], "a", { gammas: [9] }), `${GOAL}, soft γ=9`);
    const q = odds ** (1 / 9) / (1 + odds ** (1 / 9));
    expect(mild.klBound).toBeCloseTo(q * Math.log(2 * q) + (1 - q) * Math.log(2 * (1 - q)), 10);
    expect(soft.tied).toBe(0);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileGoal, logSigmoid } from "../objective/index.ts";
import { candidateScores, randomScores } from "./candidates.fixture.ts";
import { EQUAL_SUM, GOAL } from "./method.ts";
import { allMethods } from "./methods.ts";
import { type CandidateScores, scoreSets, scoring } from "./scored-set.ts";

function picks(sets: CandidateScores[], sentence = "a and b", gammas: number[] = []) {
  const goal = compileGoal(sentence);
  const how = scoring(
    goal,
    goal.values.map(() => 1),
  );
  const scored = scoreSets(sets, how);
  return new Map(
    allMethods(scored, how, gammas).map((method) => [method.name, scored.map((set) => method.choose(set))]),
  );
}

describe("one prompt worked by hand", () => {
  // a and b with references 0 and T = 1, so z = r
  const found = picks([
    candidateScores([
      [2, 0, -1],
      [-2, 1, 3],
    ]),
  ]);

  test.each([
    // log σ: −2.254, −1.006, −1.362
    [GOAL, 1],
    ["sum of LSC", 1],
    // 0, 1, 2
    [EQUAL_SUM, 2],
    ["sum of z", 2],
    ["raw sum 1 a + 0 b", 0],
    ["raw sum 0 a + 1 b", 2],
    // −0.4·2 + …: 0.6·2 − 0.4·2 = 0.4, 0.4, 0.6
    ["raw sum 0.6 a + 0.4 b", 2],
    // 1.0, 0.3, 0.2
    ["raw sum 0.8 a + 0.2 b", 0],
    // −2, 0, −1
    ["min of z", 1],
    ["soft-min of z, τ=0.5", 1],
    // 1/p summed: 9.52, 3.37, 4.77
    ["harmonic mean of p", 1],
    // gains over the mean (1/3, 2/3): one side fails everywhere, the other gains 1.67, 0.33, 2.33
    ["Nash product", 2],
    // spreads 1.247 and 2.055: 0.039, −0.105, 0.066
    ["z-score sum, global", 2],
    ["z-score sum, per prompt (GDPO)", 2],
    // 1, 1.231, 1.222
    ["sum of sigmoids (PAR)", 1],
    // −0.847, −0.673, −0.847
    ["sum of log-CDFs, per prompt", 1],
    ["only a", 0],
    ["only b", 2],
  ])("%s", (name, pick) => {
    expect(found.get(name)).toEqual([pick]);
  });

  test("ranks that balance tie, and the tied share", () => {
    // C: (1, ⅔, ⅓) and (⅓, ⅔, 1)
    expect([...(found.get("sum of CDFs, per prompt")![0] as Float64Array)]).toEqual([1 / 3, 1 / 3, 1 / 3]);
    // exp(5) + exp(5/3) on both sides of 2 exp(10/3)
    expect([...(found.get("sum of exp-tilted CDFs, t=5, per prompt")![0] as Float64Array)]).toEqual([
      0.5, 0, 0.5,
    ]);
  });

  test("base is uniform", () => {
    expect(found.get("base")![0]).toEqual(Float64Array.of(1 / 3, 1 / 3, 1 / 3));
  });

  test("there is no oracle without truth", () => {
    expect(found.has("oracle")).toBe(false);
  });

  test("every method has a name of its own", () => {
    // a Map keeps one of each name: 1 base, 1 goal, 11 sums, 3 scaled, 2 worst, 2 means, 9 transforms, 2 single
    expect(found.size).toBe(31);
  });
});

test("the oracle takes the candidate that meets the goal in truth, whatever the rewards say", () => {
  const truth = [Float64Array.of(1, 0.2, 0.9), Float64Array.of(0, 1, 0.8)];
  const rewards = [
    [5, 5, -5],
    [5, 5, -5],
  ];
  expect(picks([candidateScores(rewards, { truth })]).get("oracle")).toEqual([2]);
});

test("a soft choice is the softmax of u/γ", () => {
  const set = candidateScores([[2, 0, -1]]);
  const [p] = picks([set], "a", [0.5]).get("LSC goal, soft γ=0.5") as Float64Array[];
  const weights = [2, 0, -1].map((z) => Math.exp(logSigmoid(z) / 0.5));
  const total = weights.reduce((a, b) => a + b);
  weights.forEach((w, c) => {
    expect(p![c]).toBeCloseTo(w / total, 12);
  });
});

test("baselines follow the goal where it wants less of a value", () => {
  const set = candidateScores([
    [0, 0],
    [1, -1],
  ]);
  for (const [name, choices] of picks([set], "a and not b")) {
    if (name === "base" || name === "only a" || name === "raw sum 1 a + 0 b") continue;
    expect([name, choices[0]]).toEqual([name, 1]);
  }
});

test("candidates that are all equal share every choice", () => {
  const set = candidateScores([
    [1, 1],
    [2, 2],
  ]);
  for (const choices of picks([set]).values()) expect(choices[0]).toEqual(Float64Array.of(0.5, 0.5));
});

describe("properties", () => {
  const reward = fc.integer({ min: -400, max: 400 }).map((eighths) => eighths / 8);
  const columns = fc.array(fc.tuple(reward, reward), { minLength: 2, maxLength: 6 });

  test("a monotone change of a column leaves per-prompt rank methods where they are", () => {
    fc.assert(
      fc.property(columns, fc.constantFrom(0.5, 2, 16), (rows, factor) => {
        const [a, b] = [rows.map(([x]) => x), rows.map(([, y]) => y)];
        const before = picks([candidateScores([a, b])]);
        // by a power of two, so that no two numbers fall together
        const after = picks([candidateScores([a.map((x) => x * factor), b])]);
        for (const name of ["sum of CDFs, per prompt", "sum of log-CDFs, per prompt", "only a", "only b"]) {
          expect(after.get(name)).toEqual(before.get(name));
        }
      }),
    );
  });

  test("for one value, every method but base ranks as the raw reward does where it does not tie", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: -20, max: 20 }), { minLength: 2, maxLength: 6 }),
        (rewards) => {
          const found = picks([candidateScores([rewards])], "a");
          const best = rewards.indexOf(Math.max(...rewards));
          for (const [name, [choice]] of found) {
            if (name === "base") continue;
            if (typeof choice === "number") expect([name, choice]).toEqual([name, best]);
            else expect([name, choice![best]! > 0]).toEqual([name, true]);
          }
        },
      ),
    );
  });
});

test("multiplying a column moves the raw sum to it", () => {
  const sets = randomScores({ seed: 4, prompts: 50, candidates: 4, values: 2 });
  const scaled = sets.map((set) => ({
    ...set,
    rewards: [set.rewards[0]!.map((r) => 1000 * r), set.rewards[1]!],
  }));
  expect(picks(scaled).get(EQUAL_SUM)).toEqual(picks(sets).get("only a"));
  expect(picks(scaled).get(EQUAL_SUM)).not.toEqual(picks(sets).get(EQUAL_SUM));
  expect(picks(scaled).get("z-score sum, per prompt (GDPO)")).toEqual(
    picks(sets).get("z-score sum, per prompt (GDPO)"),
  );
});

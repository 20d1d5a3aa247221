import { expect, test } from "vitest";
import { compileGoal } from "../objective/index.ts";
import { bindingReport } from "./binding.ts";
import { candidateScores } from "./candidates.fixture.ts";
import { chooseAll } from "./candidates.ts";
import { goalMethod } from "./methods.ts";
import { Resampler } from "./resample.ts";
import { type CandidateScores, scoreSets, scoring } from "./scored-set.ts";

function bindingOf(sentence: string, given: CandidateScores[]) {
  const goal = compileGoal(sentence);
  const how = scoring(
    goal,
    goal.values.map(() => 1),
  );
  const sets = scoreSets(given, how);
  const [chosen] = chooseAll([goalMethod(how)], sets);
  return bindingReport(chosen!, sets, how, new Resampler(sets.length, { seed: 1, resamples: 100 }));
}

test("what binds under not is too much of it, and the best is the least", () => {
  const report = bindingOf("a and not b", [
    candidateScores([
      [5, 5],
      [2, 3],
    ]),
  ]);
  expect(report.values[1]).toMatchObject({ value: "b", prompts: 1, noCandidateGood: 1 });
  expect(report.mostHeldBack[0]!.values.b!.best).toBe(2);
  // ∂ log σ(−z)/∂z = −σ(z)
  expect(report.mostHeldBack[0]!.values.b!.slope).toBeCloseTo(-1 / (1 + Math.exp(-2)), 12);
});

test("prompts where no candidate is good in what binds are counted: choosing can't help there", () => {
  const report = bindingOf("a and b", [
    candidateScores([
      [-1, -2],
      [3, 3],
    ]),
    candidateScores([
      [-1, 1],
      [9, -1],
    ]),
    candidateScores([
      [2, 3],
      [1, -5],
    ]),
  ]);
  const [a, b] = report.values;
  // chosen: (−1, 3) bound by a; (−1, 9) bound by a, though a candidate has a = 1; (2, 1) bound by b
  expect(a).toMatchObject({ prompts: 2, noCandidateGood: 1 });
  expect(b).toMatchObject({ prompts: 1, noCandidateGood: 0 });
  expect(a!.share.value).toBeCloseTo(2 / 3, 12);
  expect(report.none).toBe(0);
  expect(report.mostHeldBack.map(({ u }) => u)).toEqual(
    [...report.mostHeldBack.map(({ u }) => u)].sort((x, y) => x - y),
  );
});

test("where every slope is 0, nothing binds", () => {
  const report = bindingOf("a", [candidateScores([[2000, 1]])]);
  expect(report).toMatchObject({ none: 1, prompts: 1 });
  expect(report.mostHeldBack[0]!.binding).toBeNull();
});

test("at most 20 prompts are shown, the lowest u first", () => {
  const report = bindingOf(
    "a",
    Array.from({ length: 30 }, (_, i) => candidateScores([[i, i - 1]], { promptHash: String(i) })),
  );
  expect(report.mostHeldBack.map(({ promptHash }) => Number(promptHash))).toEqual(
    Array.from({ length: 20 }, (_, i) => i),
  );
});

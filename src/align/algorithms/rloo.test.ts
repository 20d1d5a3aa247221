import { expect, test } from "vitest";
import { runBandit, totalVariation } from "../bandit.fixture.ts";
import { leaveOneOut, rloo } from "./rloo.ts";

test("the advantage is the return less the mean of the others in its group, worked by hand", () => {
  expect([...leaveOneOut(Float64Array.of(1, 2, 6, 0, 0, 3), 3)]).toEqual([-3, -1.5, 4.5, -1.5, -1.5, 3]);
  expect(() => leaveOneOut(Float64Array.of(1), 1)).toThrow(/at least 2/);
});

test("on a bandit it reaches π* ∝ π₀ exp(u/γ)", async () => {
  const { before, after, optimum } = await runBandit({
    algorithm: rloo(),
    gamma: 0.5,
    steps: 250,
    n: 256,
    learningRate: 0.01,
    seed: 1,
  });
  expect(totalVariation(before, optimum)).toBeGreaterThan(0.2);
  expect(totalVariation(after, optimum)).toBeLessThan(0.02);
});

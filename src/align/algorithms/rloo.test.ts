import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AlgorithmPart } from "../algorithm.ts";
import { runBandit, tilted, totalVariation } from "../bandit.fixture.ts";
import { contextOf, fed, lossOf, rolloutOf, scored } from "./algorithm.fixture.ts";
import { leaveOneOut, rloo } from "./rloo.ts";

test("the advantage is the return less the mean of the others in its group, worked by hand", () => {
  expect([...leaveOneOut(Float64Array.of(1, 2, 6, 0, 0, 3), 3)]).toEqual([-3, -1.5, 4.5, -1.5, -1.5, 3]);
  expect(() => leaveOneOut(Float64Array.of(1), 1)).toThrow(/at least 2/);
});

test("advantages of a group sum to zero, and a constant added to all returns changes nothing", () =>
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 4, maxLength: 4 }),
      fc.double({ min: -100, max: 100, noNaN: true }),
      (returns, constant) => {
        const found = leaveOneOut(Float64Array.from(returns), 4);
        expect(found.reduce((a, b) => a + b)).toBeCloseTo(0, 9);
        const moved = leaveOneOut(
          Float64Array.from(returns, (value) => value + constant),
          4,
        );
        for (const [i, value] of moved.entries()) expect(value).toBeCloseTo(found[i]!, 9);
      },
    ),
  ));

test("the loss and its gradient, worked by hand", async () => {
  const algorithm = rloo();
  const rollouts = [rolloutOf(0, [-1, -2], [-1.5, -1]), rolloutOf(0, [-0.5], [-0.7])];
  const batch = scored(rollouts, 2, [-1, -3]);
  const [[part]] = (await algorithm.updates(batch, contextOf(0.5))) as [[AlgorithmPart]];
  // log-ratios −0.5 and 0.2: R = −0.75 and −3.1, A = ±2.35, half of it; the shorter one comes first
  for (const [t, expected] of [-1.175, 1.175, 1.175].entries())
    expect(fed(part, "advantages")[t]).toBeCloseTo(expected, 6);
  const { loss, gradient } = await lossOf(algorithm, part, [-0.5, -1, -2]);
  expect(loss).toBeCloseTo(-1.175 * (0.5 - 1 - 2), 6);
  for (const [t, expected] of [1.175, -1.175, -1.175].entries()) expect(gradient[t]).toBeCloseTo(expected, 6);
  expect(gradient.subarray(3).every((dx) => dx === 0)).toBe(true);
});

test("over all groups of two, the gradient is on average that of E[u] − γ KL, by finite differences", () => {
  const [reference, u, gamma] = [[0.5, 0.3, 0.2], [-1, -0.2, -3], 0.7];
  const logits = [0.3, -0.2, 0.1];
  const policyAt = (x: readonly number[]) =>
    tilted(
      x.map(() => 1),
      x,
      1,
    );
  const p = policyAt(logits);
  const returns = p.map((each, i) => u[i]! - gamma * Math.log(each / reference[i]!));
  const average = [0, 0, 0];
  for (const [i, pi] of p.entries()) {
    for (const [j, pj] of p.entries()) {
      const advantages = leaveOneOut(Float64Array.of(returns[i]!, returns[j]!), 2);
      for (const [k, pk] of p.entries()) {
        const scores = [i, j].map((arm) => Number(arm === k) - pk);
        average[k]! += pi * pj * ((advantages[0]! * scores[0]! + advantages[1]! * scores[1]!) / 2);
      }
    }
  }
  const objective = (x: readonly number[]) =>
    policyAt(x).reduce((sum, each, i) => sum + each * (u[i]! - gamma * Math.log(each / reference[i]!)), 0);
  for (const [k, found] of average.entries()) {
    const moved = (by: number) => objective(logits.map((x, i) => (i === k ? x + by : x)));
    expect(found).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 9);
  }
});

describe("reaches π* ∝ π₀ exp(u/γ)", () => {
  test.each([0.3, 1])("on a bandit, γ = %d", async (gamma) => {
    const run = { algorithm: rloo(), gamma, steps: 80, n: 128, learningRate: 0.03, seed: 1 };
    const { before, after, optimum } = await runBandit(run);
    expect(totalVariation(before, optimum)).toBeGreaterThan(0.2);
    expect(totalVariation(after, optimum)).toBeLessThan(0.02);
  });
});

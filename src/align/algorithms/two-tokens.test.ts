/**
 * Responses of two tokens, all 64 of them enumerated: u depends on both, so that what the first is worth follows from what
 * the policy says after it.
 */
import { expect, test } from "vitest";
import { runBandit, totalVariation } from "../bandit.fixture.ts";
import { grpo } from "./grpo.ts";
import { ppo } from "./ppo.ts";
import { rloo } from "./rloo.ts";

/**
 * After some first tokens one second token is as good as can be and all others are bad; after the rest all are fair. To say the
 * one good token costs KL, which is what the first token's worth must count.
 */
const utilityOf = ([a, b]: readonly number[]): number => (a! >= 3 ? -1 : b === 2 ? 0 : -3);

/** What a first token is worth if the KL of the second is left out: π₁ ∝ π₀ exp(E_{π₂}[u]/γ), π₂ ∝ π₀ exp(u/γ). */
function withoutLaterKl(
  before: readonly number[],
  optimum: readonly number[],
  u: readonly number[],
  gamma: number,
) {
  const size = Math.sqrt(before.length);
  const row = (p: readonly number[], a: number) => p.slice(a * size, (a + 1) * size);
  const total = (p: readonly number[]) => p.reduce((x, y) => x + y);
  const firsts = Array.from({ length: size }, (_, a) => {
    const second = row(optimum, a).map((p) => p / total(row(optimum, a)));
    const mean = second.reduce((sum, p, b) => sum + p * u[a * size + b]!, 0);
    return total(row(before, a)) * Math.exp(mean / gamma);
  });
  return before.map((_, i) => {
    const a = Math.floor(i / size);
    return (firsts[a]! / total(firsts)) * (optimum[i]! / total(row(optimum, a)));
  });
}

const runs = [
  { algorithm: rloo(), steps: 80, learningRate: 0.03 },
  { algorithm: ppo(), steps: 40, learningRate: 0.015 },
  { algorithm: grpo(), steps: 80, learningRate: 0.03 },
];

test.each(runs)("$algorithm.name reaches π* ∝ π₀ exp(u/γ) over whole responses", async (run) => {
  const { before, after, optimum } = await runBandit({
    ...run,
    gamma: 0.7,
    n: 192,
    seed: 1,
    length: 2,
    utilityOf,
  });
  expect(before.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  expect(totalVariation(before, optimum)).toBeGreaterThan(0.2);
  expect(totalVariation(after, optimum)).toBeLessThan(0.05);
});

test("with k2 in the loss GRPO reaches what leaves out the KL of later tokens", async () => {
  const gamma = 0.7;
  const { responses, before, after, optimum } = await runBandit({
    algorithm: grpo({ kl: "k2-loss" }),
    gamma,
    steps: 80,
    learningRate: 0.03,
    n: 192,
    seed: 1,
    length: 2,
    utilityOf,
  });
  const own = withoutLaterKl(before, optimum, responses.map(utilityOf), gamma);
  expect(totalVariation(after, own)).toBeLessThan(0.08);
  expect(totalVariation(after, optimum)).toBeGreaterThan(0.25);
});

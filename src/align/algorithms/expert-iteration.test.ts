import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AlgorithmPart } from "../algorithm.ts";
import { banditTrainer, prompt, runBandit, totalVariation } from "../bandit.fixture.ts";
import { fakeBatch, fakeContext, gradientError, lossOf } from "../loss.fixture.ts";
import { bestWeights, expertIteration, optimumWeights } from "./expert-iteration.ts";

/** Every way to draw n times from a law, with its probability. */
function draws(law: readonly number[], n: number): { arms: number[]; p: number }[] {
  if (n === 0) return [{ arms: [], p: 1 }];
  return draws(law, n - 1).flatMap(({ arms, p }) =>
    law.map((q, arm) => ({ arms: [...arms, arm], p: p * q })),
  );
}

/** What cross-entropy teaches: the expected weight of each arm over all draws of n. */
function taught(law: readonly number[], n: number, weigh: (arms: number[]) => Float64Array): number[] {
  const learned = law.map(() => 0);
  for (const { arms, p } of draws(law, n)) {
    const weights = weigh(arms);
    for (const [i, arm] of arms.entries()) learned[arm]! += p * weights[i]!;
  }
  return learned;
}

const law = [0.4, 0.3, 0.2, 0.1];
const u = [-2, -0.5, -0.5, -1];

describe("weights", () => {
  test("hard, worked by hand: the best, shared between equals", () => {
    expect([...bestWeights(Float64Array.of(-1, -0.5, -3, -0.2, -4, -0.2), 3)]).toEqual([
      0, 1, 0, 0.5, 0, 0.5,
    ]);
  });

  test("hard: one round teaches the law of the best of n, F(u)^n − F(u−)^n, equals in their own proportion", () => {
    for (const n of [1, 2, 4]) {
      const learned = taught(law, n, (arms) =>
        bestWeights(
          Float64Array.from(arms, (arm) => u[arm]!),
          n,
        ),
      );
      const below = (x: number) => law.reduce((sum, p, arm) => sum + (u[arm]! <= x ? p : 0), 0);
      const strictlyBelow = (x: number) => law.reduce((sum, p, arm) => sum + (u[arm]! < x ? p : 0), 0);
      for (const [arm, p] of law.entries()) {
        const x = u[arm]!;
        const level = below(x) - strictlyBelow(x);
        expect(learned[arm]).toBeCloseTo(((below(x) ** n - strictlyBelow(x) ** n) * p) / level, 12);
      }
    }
  });

  test("soft, worked by hand: ∝ exp(u/γ) π_ref/π", () => {
    const weights = optimumWeights(Float64Array.of(-1, -2), [Math.log(3), 0], 2, 0.5);
    // exp(−2)/3 and exp(−4)
    const [a, b] = [Math.exp(-2) / 3, Math.exp(-4)];
    expect(weights[0]).toBeCloseTo(a / (a + b), 12);
    expect(weights[1]).toBeCloseTo(b / (a + b), 12);
  });

  test("soft: π* teaches π*, whatever n and γ; what π_ref teaches comes nearer to it as n grows", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.2, max: 5, noNaN: true }),
        fc.integer({ min: 1, max: 3 }),
        (gamma, n) => {
          const tilt = law.map((p, arm) => p * Math.exp(u[arm]! / gamma));
          const total = tilt.reduce((a, b) => a + b);
          const optimum = tilt.map((p) => p / total);
          const ratios = optimum.map((p, arm) => Math.log(p / law[arm]!));
          const learned = taught(optimum, n, (arms) =>
            optimumWeights(
              Float64Array.from(arms, (arm) => u[arm]!),
              arms.map((arm) => ratios[arm]!),
              n,
              gamma,
            ),
          );
          expect(totalVariation(learned, optimum)).toBeLessThan(1e-10);
          const distance = [1, 2, 4].map((m) =>
            totalVariation(
              taught(law, m, (arms) =>
                optimumWeights(
                  Float64Array.from(arms, (arm) => u[arm]!),
                  arms.map(() => 0),
                  m,
                  gamma,
                ),
              ),
              optimum,
            ),
          );
          expect(distance[1]).toBeLessThan(distance[0]!);
          expect(distance[2]).toBeLessThan(distance[1]!);
        },
      ),
      { numRuns: 20 },
    );
  });

  test("γ must be above 0", () => {
    expect(() => optimumWeights(Float64Array.of(-1, -2), [0, 0], 2, 0)).toThrow(/γ must be above 0/);
  });
});

describe("loss", () => {
  const batch = fakeBatch(
    [
      { tokens: [2], u: -1, logProbs: [-1], references: [-1.5] },
      { tokens: [3, 4], u: -0.2, logProbs: [-1, -2], references: [-0.7, -2.1] },
      { tokens: [5], u: -3, logProbs: [-2], references: [-2] },
      { tokens: [6], u: -3, logProbs: [-2], references: [-2] },
    ],
    2,
  );
  const now = new Map([
    [2, -1],
    [3, -1],
    [4, -2],
    [5, -2],
    [6, -1.5],
  ]);

  test("worked by hand", async () => {
    const hard = expertIteration({ choice: "hard", epochs: 2 });
    const updates = await hard.updates(batch, fakeContext(1));
    expect(updates).toHaveLength(2);
    const found = await (await lossOf(hard, updates[0]![0]!))(now);
    // −(1/2)[(−1 − 2) + ½(−2) + ½(−1.5)]
    expect(found.loss).toBeCloseTo(2.375, 5);
    expect(found.slopes).toEqual(
      new Map([
        [5, -0.25],
        [6, -0.25],
        [3, -0.5],
        [4, -0.5],
      ]),
    );
    expect(hard.metrics?.()).toEqual({ effectiveShare: 0.75 });

    const soft = expertIteration();
    const [[part]] = (await soft.updates(batch, fakeContext(1))) as [[AlgorithmPart]];
    const [a, b] = [Math.exp(-1 - 0.5), Math.exp(-0.2 + 0.2)];
    const w = b / (a + b);
    const { loss } = await (await lossOf(soft, part))(now);
    expect(loss).toBeCloseTo((1 - w + 3 * w + 1.75) / 2, 5);
  });

  test("its gradient agrees with finite differences", async () => {
    const algorithm = expertIteration();
    const [[part]] = (await algorithm.updates(batch, fakeContext(0.7))) as [[AlgorithmPart]];
    expect(await gradientError(algorithm, part, now)).toBeLessThan(1e-4);
  });
});

describe("on a bandit", () => {
  test("soft weights reach π* ∝ π₀ exp(u/γ)", async () => {
    const { before, after, optimum } = await runBandit({
      algorithm: expertIteration(),
      gamma: 0.5,
      steps: 150,
      n: 128,
      learningRate: 0.01,
      seed: 1,
    });
    expect(totalVariation(before, optimum)).toBeGreaterThan(0.2);
    expect(totalVariation(after, optimum)).toBeLessThan(0.03);
  });

  test("the best of n, round after round, goes to the best response alone", async () => {
    const { after } = await runBandit({
      algorithm: expertIteration({ choice: "hard" }),
      gamma: 0.5,
      steps: 100,
      n: 8,
      learningRate: 0.01,
      seed: 1,
    });
    expect(after[0]).toBeGreaterThan(0.95);
  });

  test("the same seed gives the same bytes", async () => {
    const weights = async () => {
      const trainer = banditTrainer({ algorithm: expertIteration({ epochs: 2 }), n: 8, seed: 3 });
      try {
        for (const step of [1, 2, 3])
          await trainer.step([prompt], { step, learningRate: 0.01, klWeight: 0.5 });
        return trainer.trained.map((name) =>
          Buffer.from(Float32Array.from(trainer.state.get(name).data as Float32Array).buffer),
        );
      } finally {
        await trainer.dispose();
      }
    };
    const [first, second] = [await weights(), await weights()];
    expect(first).toEqual(second);
    expect(first.length).toBeGreaterThan(0);
  });
});

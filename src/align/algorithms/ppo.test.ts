import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkGradients, evaluate } from "../../engine/check-gradients.fixture.ts";
import { float32, float64, gradient, graph, type Tensor, type Value } from "../../engine/index.ts";
import { weightValues } from "../../models/index.ts";
import { randomWeights } from "../../models/random-weights.fixture.ts";
import { referenceForward } from "../../models/reference-forward.fixture.ts";
import type { AlgorithmPart } from "../algorithm.ts";
import { runBandit, totalVariation } from "../bandit.fixture.ts";
import { contextOf, fed, lossOf, rolloutOf, scored, smallest } from "./algorithm.fixture.ts";
import { clippedValueLoss, ppo, tokenRewards } from "./ppo.ts";

test("a token's reward is −γ times its log-ratio, and u at the last, worked by hand", () => {
  const rollout = rolloutOf(0, [-1, -2, -0.5], [-1.5, -1, -1]);
  // log-ratios 0.5, −1, 0.5
  expect([...tokenRewards(rollout, -3, 0.5)]).toEqual([-0.25, 0.5, -3.25]);
});

describe("clipped value loss", () => {
  test("worked by hand", async () => {
    const g = graph();
    const x = g.input("x", "float64", [4]);
    const constant = (numbers: number[]) => g.constant(float64(numbers, [4]));
    const loss = clippedValueLoss(
      x,
      {
        oldValues: constant([0, 0, 0, 1]),
        returns: constant([1, 1, -1, 1]),
        weights: constant([0.5, 1, 1, 1]),
      },
      0.2,
    );
    const [dx] = gradient(loss, [x]) as [Tensor];
    const found = await evaluate({ loss, dx }, { x: float64([0.1, 0.5, 0.5, 1.1], [4]) });
    // inside; clipped on the way to the return: (0.2 − 1)² counts, which does not learn; clipped on the way from it: 1.5²
    expect(found.loss!.data[0]).toBeCloseTo((0.5 * 0.81 + 0.64 + 2.25 + 0.01) / 2, 12);
    for (const [i, expected] of [-0.45, 0, 1.5, 0.1].entries())
      expect(found.dx!.data[i]).toBeCloseTo(expected, 12);
  });

  test("gradient by finite differences", () =>
    checkGradients({
      cases: fc
        .integer({ min: 1, max: 4 })
        .map((size) => ({ shapes: Array.from({ length: 4 }, () => [size]) })),
      build: ([values, oldValues, returns, weights]) =>
        clippedValueLoss(values!, { oldValues: oldValues!, returns: returns!, weights: weights! }, 0.5),
    }));
});

describe("updates", () => {
  const rollouts = [rolloutOf(0, [-1, -2], [-1.5, -1]), rolloutOf(0, [-0.5], [-0.7])];
  const batch = scored(rollouts, 2, [-1, -3]);
  const names = ["advantages", "returns", "oldValues"] as const;
  const head = (weight: number[], bias: number): Record<string, Value> => ({
    "valueHead.weight": float32(weight, [4, 1]),
    "valueHead.bias": float32([bias], [1]),
  });
  const weights = randomWeights(smallest, 5);
  const model = weightValues(smallest, weights);

  test("advantages, returns and the loss, worked by hand", async () => {
    const algorithm = ppo({ epochs: 1, minibatches: 1, lambda: 0.5 });
    // no weight on the hidden states: V = −2 everywhere
    const context = contextOf(0.5, { ...model, ...head([0, 0, 0, 0], -2) });
    const [[part]] = (await algorithm.updates(batch, context)) as [[AlgorithmPart]];
    // shorter first. r = −3.1 | −0.25, −0.5; δ = −1.1 | −0.25, 1.5; A = −1.1 | 0.5, 1.5
    const raw = [-1.1, 0.5, 1.5];
    const mean = 0.3;
    const deviation = Math.sqrt((1.4 ** 2 + 0.2 ** 2 + 1.2 ** 2) / 3) + 1e-4;
    const whitened = raw.map((a) => (a - mean) / deviation);
    const expected = { advantages: whitened, returns: [-3.1, -1.5, -0.5], oldValues: [-2, -2, -2] };
    for (const name of names) {
      for (const [t, value] of fed(part, name).entries()) expect(value).toBeCloseTo(expected[name][t]!, 5);
    }
    // ratios 1, e^0.5 → 1.2, e^−0.1; V = Σ weights + bias, as the given hidden states are ones: −1.9
    const { loss, gradient, metrics } = await lossOf(
      algorithm,
      part,
      [-0.5, -0.5, -2.1],
      head([0.1, 0, -0.2, 0.1], -1.9),
    );
    const [a, b, c] = whitened as [number, number, number];
    const ratio = Math.exp(-0.1);
    const value = (1.2 ** 2 + 0.4 ** 2 + 1.4 ** 2) / 6;
    expect(metrics.valueLoss).toBeCloseTo(value, 5);
    expect(loss).toBeCloseTo(-(a + (b > 0 ? 1.2 : Math.exp(0.5)) * b + ratio * c) / 3 + 0.1 * value, 5);
    for (const [t, dx] of [-a / 3, 0, (-ratio * c) / 3].entries()) expect(gradient[t]).toBeCloseTo(dx, 5);
    expect(gradient.subarray(3).every((dx) => dx === 0)).toBe(true);
    const variance = (numbers: number[], m: number) => numbers.reduce((sum, x) => sum + (x - m) ** 2, 0) / 3;
    const explained = 1 - variance(raw, mean) / variance(expected.returns, -1.7);
    expect(algorithm.metrics!().explainedVariance).toBeCloseTo(explained, 5);
    await algorithm.dispose!();
  });

  test("old values are the head on the hidden states from which each token is predicted", async () => {
    const algorithm = ppo({ epochs: 1, minibatches: 1 });
    // a head that reads token 3's row of the unembedding: the value is that token's logit
    const row = [...weights.get("unembedding")!.subarray(12, 16)];
    const context = contextOf(0.5, { ...model, ...head(row, 0.25) });
    const [[part]] = (await algorithm.updates(batch, context)) as [[AlgorithmPart]];
    const logit = (ids: number[]) => referenceForward(smallest, weights, ids).at(-1)![3]! + 0.25;
    const expected = [logit([1, 2]), logit([1, 2]), logit([1, 2, 3])];
    for (const [t, value] of fed(part, "oldValues").entries()) expect(value).toBeCloseTo(expected[t]!, 4);
    await algorithm.dispose!();
  });

  test("while the head is zero, its bias becomes the mean return to go; afterwards it is left alone", async () => {
    const algorithm = ppo();
    const context = contextOf(0.5, { ...model, ...head([0, 0, 0, 0], 0) });
    await algorithm.updates(batch, context);
    // to go: −0.75, −0.5 | −3.1
    const bias = () => Number(context.state.get("valueHead.bias").data[0]);
    expect(bias()).toBeCloseTo(-4.35 / 3, 6);
    const before = bias();
    await algorithm.updates(scored(rollouts, 2, [5, 5]), context);
    expect(bias()).toBe(before);
    await algorithm.dispose!();
  });
});

test.each([0.3, 1])("on a bandit it reaches π* ∝ π₀ exp(u/γ) at γ = %d", async (gamma) => {
  const run = { algorithm: ppo(), gamma, steps: 30, n: 128, learningRate: 0.01, seed: 1 };
  const { before, after, optimum } = await runBandit(run);
  expect(totalVariation(before, optimum)).toBeGreaterThan(0.2);
  expect(totalVariation(after, optimum)).toBeLessThan(0.02);
});

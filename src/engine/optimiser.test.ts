import { describe, expect, it } from "vitest";
import { evaluate } from "./check-gradients.fixture.ts";
import { gradient } from "./gradient.ts";
import { graph } from "./graph.ts";
import { sum } from "./ops/broadcast.ts";
import { mul, square } from "./ops/elementwise.ts";
import { adamW, type Optimiser, scheduleFeeds, sgd } from "./optimiser.ts";
import { Session } from "./session.ts";
import { State } from "./state.ts";
import { float32 } from "./tensor.ts";
import { type TrainOptions, trainStep } from "./train.ts";

/** Steps on ½·a·x² from x = [1, −2], a = [1, 3]: the gradient is a·x. */
async function descend(optimiser: Optimiser, rates: number[], options?: TrainOptions) {
  const g = graph();
  const x = g.input("x", "float32", [2]);
  const loss = mul(sum(mul(square(x), g.constant(float32([1, 3])))), 0.5);
  const session = await Session.open(trainStep(loss, [x], optimiser, options), { threads: 1 });
  const state = new State({ x: float32([1, -2]) });
  const norms: number[] = [];
  const path: number[][] = [];
  for (const [i, learningRate] of rates.entries()) {
    const out = await session.run(scheduleFeeds(optimiser, { step: i + 1, learningRate }), { state });
    norms.push(Number(out.gradientNorm!.data[0]));
    path.push(Array.from(state.get("x").data, Number));
  }
  await session.dispose();
  return { norms, path, state };
}

/** AdamW as the paper writes it (algorithm 2), one number at a time in double precision. */
function adamByHand(rates: number[], { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 }) {
  return [1, -2].map((start, i) => {
    let [x, m, v] = [start, 0, 0];
    return rates.map((rate, t) => {
      const gradient = [1, 3][i]! * x;
      m = beta1 * m + (1 - beta1) * gradient;
      v = beta2 * v + (1 - beta2) * gradient ** 2;
      const [mean, spread] = [m / (1 - beta1 ** (t + 1)), v / (1 - beta2 ** (t + 1))];
      x = x - rate * (mean / (Math.sqrt(spread) + epsilon) + weightDecay * x);
      return x;
    });
  });
}

const close = (found: number[][], expected: number[][]) => {
  for (const [t, numbers] of found.entries()) {
    for (const [i, number] of numbers.entries()) expect(number).toBeCloseTo(expected[i]![t]!, 5);
  }
};

describe("adamW", () => {
  it("takes the two steps computed by hand", async () => {
    // the first step is learningRate·sign(gradient), whatever the gradient's size
    const { path } = await descend(adamW(), [0.1, 0.1]);
    expect(path[0]![0]).toBeCloseTo(0.9, 6);
    expect(path[0]![1]).toBeCloseTo(-1.9, 6);
    // the second: m̂ = (0.09·1 + 0.1·0.9)/0.19, v̂ = (0.000999·1 + 0.001·0.81)/0.001999
    const second = 0.9 - (0.1 * (0.18 / 0.19)) / Math.sqrt(0.001809 / 0.001999);
    expect(path[1]![0]).toBeCloseTo(second, 6);
  });

  it.each([
    ["defaults", {}],
    ["decay", { weightDecay: 0.1 }],
    ["other rates, large epsilon", { beta1: 0.5, beta2: 0.9, epsilon: 0.1, weightDecay: 0.01 }],
  ])("follows the paper's algorithm over a schedule: %s", async (_, options) => {
    const rates = Array.from({ length: 30 }, (__, t) => 0.05 * (1 - t / 40));
    close((await descend(adamW(options), rates)).path, adamByHand(rates, options));
  });

  it("decays only the parameters that it is told to", async () => {
    const rates = [0.1, 0.1, 0.1];
    const { path } = await descend(adamW({ weightDecay: 0.5, decays: (name) => name !== "x" }), rates);
    close(path, adamByHand(rates, {}));
  });
});

describe("sgd", () => {
  it("takes the two steps computed by hand", async () => {
    const { path } = await descend(sgd(), [0.1, 0.2]);
    // x ← x·(1 − 0.1·a), then x·(1 − 0.2·a)
    close(path, [
      [0.9, 0.9 * 0.8],
      [-2 * 0.7, -2 * 0.7 * 0.4],
    ]);
  });

  it("gathers velocity with momentum", async () => {
    const { path, state } = await descend(sgd({ momentum: 0.5 }), [0.1, 0.1]);
    // v₁ = 1, x₁ = 0.9; v₂ = 0.5 + 0.9, x₂ = 0.76
    expect(path[1]![0]).toBeCloseTo(0.76, 6);
    expect(state.get("x.velocity").data[0]).toBeCloseTo(1.4, 6);
  });
});

describe("clipping by the global norm", () => {
  it("scales the gradient to the norm, and reports the norm before", async () => {
    const { path, norms } = await descend(sgd(), [1], { maxNorm: 0.5 });
    const norm = Math.hypot(1, 6);
    expect(norms[0]).toBeCloseTo(norm, 5);
    close(path, [[1 - 0.5 / norm], [-2 + (0.5 * 6) / norm]]);
  });

  it("leaves a smaller gradient as it is", async () => {
    const { path } = await descend(sgd(), [0.1], { maxNorm: 100 });
    close(path, [[0.9], [-1.4]]);
  });

  it("survives a gradient of zero", async () => {
    const g = graph();
    const x = g.input("x", "float32", [2]);
    const step = trainStep(sum(square(x)), [x], sgd(), { maxNorm: 1 });
    const session = await Session.open(step, { threads: 1 });
    const state = new State({ x: float32([0, 0]) });
    const out = await session.run(scheduleFeeds(sgd(), { step: 1, learningRate: 1 }), { state });
    expect(Number(out.gradientNorm!.data[0])).toBe(0);
    expect(Array.from(state.get("x").data, Number)).toEqual([0, 0]);
    await session.dispose();
  });
});

it("the fixture's loss has the gradient that the numbers by hand assume", async () => {
  const g = graph();
  const x = g.input("x", "float32", [2]);
  const [dx] = gradient(mul(sum(mul(square(x), g.constant(float32([1, 3])))), 0.5), [x]);
  const found = await evaluate({ dx: dx! }, { x: float32([1, -2]) });
  expect(Array.from(found.dx!.data, Number)).toEqual([1, -6]);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkGradients } from "../../engine/check-gradients.fixture.ts";
import { compile, float64, gradient, graph, logSoftmax, Session, type Tensor } from "../../engine/index.ts";
import { armUtility, runBandit, tilted, totalVariation } from "../bandit.fixture.ts";
import { contextOf, fed, lossOf, rolloutOf, scored } from "./algorithm.fixture.ts";
import { clippedSurrogate } from "./clipped-surrogate.ts";
import { groupAdvantages, grpo, klLoss } from "./grpo.ts";

describe("advantages", () => {
  test("are returns less the mean of their group, worked by hand", () => {
    const returns = Float64Array.of(1, 2, 6, 0, 0, 3);
    expect([...groupAdvantages(returns, 3, "none")]).toEqual([-2, -1, 3, -1, -1, 2]);
    // deviations √(14/3) and √2
    const [a, b] = [Math.sqrt(14 / 3) + 1e-4, Math.sqrt(2) + 1e-4];
    const scaled = groupAdvantages(returns, 3, "group");
    for (const [i, expected] of [-2 / a, -1 / a, 3 / a, -1 / b, -1 / b, 2 / b].entries())
      expect(scaled[i]).toBeCloseTo(expected, 12);
    expect(() => groupAdvantages(returns, 1, "none")).toThrow(/at least 2/);
  });

  test("of equal returns are zero, scaled too", () => {
    expect([...groupAdvantages(Float64Array.of(-2, -2), 2, "group")]).toEqual([0, 0]);
  });
});

describe("loss", () => {
  const rollouts = [rolloutOf(0, [-1, -2], [-1.5, -1]), rolloutOf(0, [-0.5], [-0.7])];

  test("with the KL in the reward, worked by hand", async () => {
    const algorithm = grpo({ epochs: 1 });
    const [[part]] = (await algorithm.updates(scored(rollouts, 2, [-1, -3]), contextOf(0.5))) as [
      [Parameters<typeof lossOf>[1]],
    ];
    // log-ratios 0.5 − 1 = −0.5 and 0.2: R = −1 + 0.25 and −3 − 0.1, mean −1.925, A = ±1.175. The shorter one comes first
    const [a, r] = [1.175, Math.exp(0.1)];
    const advantages = fed(part, "advantages");
    for (const [t, expected] of [-a, a, a].entries()) expect(advantages[t]).toBeCloseTo(expected, 6);
    const { loss, gradient, metrics } = await lossOf(algorithm, part, [-0.4, -1, -1.7]);
    // ratios e^0.1, 1, e^0.3 → 1.2
    expect(loss).toBeCloseTo(-(-a * r + a + 1.2 * a) / 3, 6);
    for (const [t, expected] of [(a * r) / 3, -a / 3, 0].entries())
      expect(gradient[t]).toBeCloseTo(expected, 6);
    expect(gradient.subarray(3).every((dx) => dx === 0)).toBe(true);
    expect(metrics.clipFraction).toBeCloseTo(1 / 3, 6);
  });

  test("with k2 and k3 in the loss, worked by hand", async () => {
    for (const [kl, k, dk] of [
      ["k2-loss", (l: number) => l ** 2 / 2, (l: number) => l],
      ["k3-loss", (l: number) => Math.exp(-l) - 1 + l, (l: number) => 1 - Math.exp(-l)],
    ] as const) {
      const algorithm = grpo({ epochs: 1, kl });
      const [[part]] = (await algorithm.updates(scored(rollouts, 2, [-1, -3]), contextOf(0.5))) as [
        [Parameters<typeof lossOf>[1]],
      ];
      const { loss, gradient } = await lossOf(algorithm, part, [-0.5, -1, -2]);
      // A = −1, 1, 1 at ratio 1; ℓ = 0.2, 0.5, −1, each with γ/3
      const ratios = [0.2, 0.5, -1];
      const penalty = (0.5 / 3) * ratios.reduce((sum, l) => sum + k(l), 0);
      expect(loss).toBeCloseTo(-1 / 3 + penalty, 6);
      for (const [t, a] of [-1, 1, 1].entries())
        expect(gradient[t]).toBeCloseTo(-a / 3 + (0.5 / 3) * dk(ratios[t]!), 6);
    }
  });

  test("gradients of k2 and k3 by finite differences", async () => {
    for (const kind of ["k2-loss", "k3-loss"] as const) {
      await checkGradients({
        cases: fc
          .integer({ min: 1, max: 4 })
          .map((size) => ({ shapes: Array.from({ length: 3 }, () => [size]) })),
        build: ([x, reference, weights]) => klLoss(x!, reference!, weights!, kind),
      });
    }
  });
});

const reference = [0.3, 0.05, 0.2, 0.15, 0.25, 0.05];
const utilities = reference.map((_, arm) => armUtility([arm]));

/** The gradient of the expected loss on samples of the policy itself, with regard to its logits: every arm, weighed by π. */
async function onPolicy(kind: "k2-loss" | "k3-loss", gamma: number) {
  const arms = reference.length;
  const g = graph();
  const logits = g.input("logits", "float64", [arms]);
  const [weights, advantages, oldLogProbs] = ["weights", "advantages", "oldLogProbs"].map((name) =>
    g.input(name, "float64", [arms]),
  ) as [Tensor, Tensor, Tensor];
  const logProbs = logSoftmax(logits);
  const inputs = { weights, advantages, oldLogProbs };
  const referenceLogProbs = g.constant(float64(reference.map(Math.log), [arms]));
  const penalty = klLoss(logProbs, referenceLogProbs, weights, kind);
  const [surrogate] = gradient(clippedSurrogate(logProbs, inputs, 0.2).loss, [logits]) as [Tensor];
  const [pull] = gradient(penalty, [logits]) as [Tensor];
  const session = await Session.open(compile({ surrogate, pull }), { threads: 1 });
  return {
    async at(policy: readonly number[]): Promise<number[]> {
      const mean = policy.reduce((sum, p, i) => sum + p * utilities[i]!, 0);
      const found = await session.run({
        logits: float64(policy.map(Math.log), [arms]),
        weights: float64(policy, [arms]),
        advantages: float64(
          utilities.map((u) => u - mean),
          [arms],
        ),
        oldLogProbs: float64(policy.map(Math.log), [arms]),
      });
      return policy.map((_, i) => Number(found.surrogate!.data[i]) + gamma * Number(found.pull!.data[i]));
    },
    dispose: () => session.dispose(),
  };
}

/** The maximum of E_π[u] − γ KL(π_ref ‖ π): π = γ π_ref/(λ − u), with λ > max u such that it sums to 1. */
function forwardKlOptimum(p: readonly number[], u: readonly number[], gamma: number): number[] {
  const at = (lambda: number) => p.map((each, i) => (gamma * each) / (lambda - u[i]!));
  // at max u + γ each is at most its share of π_ref
  let [low, high] = [Math.max(...u), Math.max(...u) + gamma];
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (at(middle).reduce((a, b) => a + b) > 1) low = middle;
    else high = middle;
  }
  return at(high);
}

describe("where the KL stands decides which optimum is reached", () => {
  const gamma = 0.5;
  const reverse = tilted(reference, utilities, gamma);
  const forward = forwardKlOptimum(reference, utilities, gamma);
  const largest = (numbers: readonly number[]) => Math.max(...numbers.map(Math.abs));

  test("the closed form is the maximum of E[u] − γ KL(π_ref ‖ π)", () => {
    const value = (p: readonly number[]) =>
      p.reduce(
        (sum, x, i) => sum + x * utilities[i]! + gamma * reference[i]! * Math.log(x / reference[i]!),
        0,
      );
    expect(forward.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }),
        (raw) => {
          const total = raw.reduce((a, b) => a + b);
          expect(value(raw.map((x) => x / total))).toBeLessThanOrEqual(value(forward) + 1e-12);
        },
      ),
    );
    expect(totalVariation(forward, reverse)).toBeGreaterThan(0.04);
  });

  test("k2 in the loss has its optimum at π_ref exp(u/γ), k3 at γ π_ref/(λ − u)", async () => {
    for (const [kind, own, other] of [
      ["k2-loss", reverse, forward],
      ["k3-loss", forward, reverse],
    ] as const) {
      const expected = await onPolicy(kind, gamma);
      expect(largest(await expected.at(own))).toBeLessThan(1e-9);
      expect(largest(await expected.at(other))).toBeGreaterThan(0.01);
      await expected.dispose();
    }
  });

  test("k3's gradient on samples of π is that of the forward KL, k2's that of the reverse, by finite differences", async () => {
    const policy = [0.1, 0.3, 0.1, 0.2, 0.2, 0.1];
    const softmax = (x: readonly number[]) =>
      tilted(
        x.map(() => 1),
        x,
        1,
      );
    const reverseKl = (p: readonly number[]) =>
      p.reduce((sum, x, i) => sum + x * Math.log(x / reference[i]!), 0);
    const forwardKl = (p: readonly number[]) =>
      p.reduce((sum, x, i) => sum + reference[i]! * Math.log(reference[i]! / x), 0);
    for (const [kind, kl] of [
      ["k2-loss", reverseKl],
      ["k3-loss", forwardKl],
    ] as const) {
      const expected = await onPolicy(kind, gamma);
      const objective = (logits: readonly number[]) => {
        const p = softmax(logits);
        return -p.reduce((sum, x, i) => sum + x * utilities[i]!, 0) + gamma * kl(p);
      };
      const logits = policy.map(Math.log);
      const found = await expected.at(policy);
      for (const i of policy.keys()) {
        const moved = (by: number) => objective(logits.map((x, j) => (i === j ? x + by : x)));
        expect(found[i]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 8);
      }
      await expected.dispose();
    }
  });

  test("so they do when a policy is trained", async () => {
    for (const kl of ["k2-loss", "k3-loss"] as const) {
      const run = { algorithm: grpo({ kl }), gamma, steps: 40, n: 128, learningRate: 0.03, seed: 1 };
      const { before, after, optimum, responses } = await runBandit(run);
      const forward = forwardKlOptimum(before, responses.map(armUtility), gamma);
      const [own, other] = kl === "k2-loss" ? [optimum, forward] : [forward, optimum];
      expect(totalVariation(after, own), kl).toBeLessThan(0.03);
      expect(totalVariation(after, other), kl).toBeGreaterThan(0.1);
    }
  });
});

test.each([0.3, 1])("on a bandit it reaches π* ∝ π₀ exp(u/γ) at γ = %d", async (gamma) => {
  const run = { algorithm: grpo(), gamma, steps: 80, n: 128, learningRate: 0.03, seed: 1 };
  const { before, after, optimum } = await runBandit(run);
  expect(totalVariation(before, optimum)).toBeGreaterThan(0.2);
  expect(totalVariation(after, optimum)).toBeLessThan(0.02);
});

test("scaled by the deviation of the group it comes close too", async () => {
  const run = {
    algorithm: grpo({ scale: "group" }),
    gamma: 0.5,
    steps: 60,
    n: 128,
    learningRate: 0.02,
    seed: 1,
  };
  const { after, optimum } = await runBandit(run);
  expect(totalVariation(after, optimum)).toBeLessThan(0.03);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../io/errors.ts";
import { batches, batchOf, perPrompt, reorder, reordered } from "./batch.fixture.ts";
import { type LagrangianOptions, type LagrangianValue, lagrangianUtility } from "./lagrangian.ts";

const helpful: LagrangianValue = {
  value: "helpful",
  temperature: 2,
  reference: perPrompt(1, 1),
  role: "maximise",
};
const harmless: LagrangianValue = {
  value: "harmless",
  temperature: 0.5,
  reference: perPrompt(0, 3),
  role: "constrain",
};
const make = (options?: LagrangianOptions) => lagrangianUtility([helpful, harmless], options);
const lambdas = (utility: ReturnType<typeof make>) =>
  Object.values((utility.state!() as { logMultipliers: Record<string, number> }).logMultipliers).map(
    Math.exp,
  );

describe("u, by hand", () => {
  const batch = batchOf(
    [
      [3, 5],
      [1, 2],
    ],
    1,
  );
  // z of helpful: 1, 2; of harmless: 2, −2

  test("is (z₀ + λ z₁)/(1 + λ)", () => {
    const u = make({ initial: 3 }).utilities(batch);
    expect(u[0]).toBeCloseTo((1 + 3 * 2) / 4, 12);
    expect(u[1]).toBeCloseTo((2 - 3 * 2) / 4, 12);
  });

  test("raises the mean of several values, each of which may be held as well", () => {
    const u = lagrangianUtility(
      [
        { ...helpful, role: "both" },
        { ...harmless, role: "both" },
      ],
      { initial: 2 },
    ).utilities(batch);
    expect(u[0]).toBeCloseTo((1.5 + 2 * 1 + 2 * 2) / 5, 12);
    expect(u[1]).toBeCloseTo((0 + 2 * 2 - 2 * 2) / 5, 12);
  });
});

describe("multipliers", () => {
  const missed = (by: number) =>
    batchOf(
      [
        [0, 0],
        [-by * 0.5, 3 - by * 0.5],
      ],
      1,
    );

  test("one step, by hand: up where a threshold is missed, down where it is not, no further than one T", () => {
    for (const [by, step] of [
      [0.4, 0.08],
      [-0.4, -0.08],
      [0, 0],
      [1e6, 0.2],
      [-1e6, -0.2],
    ] as const) {
      const utility = make({ learningRate: 0.2 });
      utility.update!(missed(by));
      expect(lambdas(utility)[0]).toBeCloseTo(Math.exp(step), 12);
    }
  });

  test("stay within 0.001 and 1000, and come back", () => {
    const utility = make({ learningRate: 1 });
    for (let i = 0; i < 100; i++) utility.update!(missed(5));
    expect(lambdas(utility)[0]).toBeCloseTo(1000, 9);
    for (let i = 0; i < 100; i++) utility.update!(missed(-5));
    expect(lambdas(utility)[0]).toBeCloseTo(0.001, 12);
    for (let i = 0; i < 7; i++) utility.update!(missed(5));
    expect(lambdas(utility)[0]).toBeGreaterThan(1);
  });
});

describe("on a bandit of three arms whose constrained optimum is known", () => {
  const prior = [0.5, 0.3, 0.2];
  const reward = [2, 0.5, -1];
  const safety = [-1.5, 0.3, 2];
  const gamma = 0.5;
  const expectation = (p: readonly number[], x: readonly number[]) =>
    p.reduce((sum, each, arm) => sum + each * x[arm]!, 0);
  const kl = (p: readonly number[]) =>
    p.reduce((sum, each, arm) => sum + (each > 0 ? each * Math.log(each / prior[arm]!) : 0), 0);

  /** Trains λ against the policy that is best for it in closed form, π₀ exp(u/γ), on 1,000 responses in its proportions. */
  function train(threshold: number) {
    const fixed = { kind: "fixed" as const, global: 0, otherwise: "global" as const };
    const utility = lagrangianUtility([
      { value: "reward", temperature: 1, reference: fixed, role: "maximise" },
      { value: "safety", temperature: 1, reference: { ...fixed, global: threshold }, role: "constrain" },
    ]);
    const arms = batchOf([reward, safety], 3);
    const best = () => {
      const weights = [...utility.utilities(arms)].map((u, arm) => prior[arm]! * Math.exp(u / gamma));
      const total = weights.reduce((a, b) => a + b);
      return weights.map((weight) => weight / total);
    };
    for (let step = 0; step < 600; step++) {
      const cumulative = best().map((_, arm, p) => p.slice(0, arm + 1).reduce((a, b) => a + b));
      const pulled = Array.from({ length: 1000 }, (_, i) =>
        cumulative.findIndex((c, arm) => arm === 2 || (i + 0.5) / 1000 < c),
      );
      utility.update!(batchOf([pulled.map((arm) => reward[arm]!), pulled.map((arm) => safety[arm]!)], 1000));
    }
    return { lambda: lambdas(utility)[0]!, policy: best() };
  }

  /** max E[reward] − weight·KL subject to E[safety] ≥ d, by brute force over a grid that is refined round the best point. */
  function bruteForce(d: number, weight: number): { value: number; policy: number[] } {
    let best = { value: Number.NEGATIVE_INFINITY, policy: prior };
    let [low, high] = [0, 1];
    for (let round = 0; round < 8; round++) {
      const width = (high - low) / 400;
      for (let i = 0; i <= 400; i++) {
        // the constraint binds: two equations leave one free number, the share of the middle arm
        const middle = low + i * width;
        const last = (d - safety[0]! - middle * (safety[1]! - safety[0]!)) / (safety[2]! - safety[0]!);
        const policy = [1 - middle - last, middle, last];
        if (policy.some((p) => p < 0)) continue;
        const value = expectation(policy, reward) - weight * kl(policy);
        if (value > best.value) best = { value, policy };
      }
      [low, high] = [Math.max(0, best.policy[1]! - width), Math.min(1, best.policy[1]! + width)];
    }
    return best;
  }

  test.each([0, 0.5, 1])("E[safety] ≥ %s: policy and multiplier are those of the KKT conditions", (d) => {
    const { lambda, policy } = train(d);
    expect(expectation(policy, safety)).toBeCloseTo(d, 2);
    const weight = gamma * (1 + lambda);
    const optimum = bruteForce(d, weight);
    for (const [arm, p] of policy.entries()) expect(p).toBeCloseTo(optimum.policy[arm]!, 2);
    // the multiplier is what a little more of the constraint costs
    const h = 0.01;
    const price = -(bruteForce(d + h, weight).value - bruteForce(d - h, weight).value) / (2 * h);
    expect(Math.abs(lambda - price)).toBeLessThan(0.01 * (1 + price));
  });

  test("a constraint that holds by itself ends at the least multiplier, and costs nothing", () => {
    const { lambda, policy } = train(-1.6);
    expect(lambda).toBeCloseTo(0.001, 12);
    const weights = reward.map((r, arm) => prior[arm]! * Math.exp(r / gamma));
    const total = weights.reduce((a, b) => a + b);
    for (const [arm, p] of policy.entries()) expect(p).toBeCloseTo(weights[arm]! / total, 2);
  });
});

describe("for any batch", () => {
  test("finite up to 1e6, before and after updates; each rollout its own u", () => {
    fc.assert(
      fc.property(batches(1e6), (drawn) => {
        const utility = make();
        for (let step = 0; step < 3; step++) {
          const u = utility.utilities(drawn);
          expect(u.every(Number.isFinite)).toBe(true);
          expect(utility.utilities(reordered(drawn, [3, 1, 0, 2]))).toEqual(reorder(u, [3, 1, 0, 2]));
          utility.update!(drawn);
        }
      }),
    );
  });

  test("rewards and thresholds shifted together teach the same", () => {
    const at = (shift: number) =>
      lagrangianUtility([
        { ...helpful, reference: perPrompt(1 + shift, 1 + shift, shift) },
        { ...harmless, reference: perPrompt(shift, 3 + shift, shift) },
      ]);
    fc.assert(
      fc.property(batches(10), fc.double({ min: -50, max: 50, noNaN: true }), (drawn, shift) => {
        const [one, two] = [at(0), at(shift)];
        const moved = { ...drawn, rewards: drawn.rewards.map((column) => column.map((r) => r + shift)) };
        one.update!(drawn);
        two.update!(moved);
        expect(lambdas(two)[0]).toBeCloseTo(lambdas(one)[0]!, 9);
        const expected = one.utilities(drawn);
        for (const [i, u] of two.utilities(moved).entries()) expect(u).toBeCloseTo(expected[i]!, 9);
      }),
    );
  });
});

describe("saved and restored", () => {
  test("through JSON, it goes on with the same bits", () => {
    fc.assert(
      fc.property(fc.array(batches(10), { minLength: 2, maxLength: 6 }), ([first, ...rest]) => {
        const [whole, restored] = [make(), make({ initial: 5 })];
        whole.update!(first!);
        restored.restore!(JSON.parse(JSON.stringify(whole.state!())));
        for (const batch of rest) {
          whole.update!(batch);
          restored.update!(batch);
          expect(restored.utilities(batch)).toEqual(whole.utilities(batch));
        }
      }),
    );
  });

  test.each([
    ["nothing", undefined],
    ["another form", { multipliers: { harmless: 1 } }],
    ["no number", { logMultipliers: { harmless: "1" } }],
    ["a number out of range", { logMultipliers: { harmless: 1e9 } }],
    ["NaN, as JSON has it", { logMultipliers: { harmless: null } }],
  ])("%s is refused", (_, saved) => {
    const utility = make();
    expect(() => utility.restore!(saved)).toThrow(InputError);
    expect(() => utility.restore!(saved)).toThrow("the saved state of the Lagrangian");
    expect(lambdas(utility)).toEqual([1]);
  });

  test.each([[{}], [{ helpful: 0 }], [{ harmless: 0, factual: 0 }]])("constraints %j are refused", (logs) => {
    expect(() => make().restore!({ logMultipliers: logs })).toThrow("are of other constraints");
  });
});

test("roles and options that make no problem are refused", () => {
  expect(() => lagrangianUtility([helpful])).toThrow("one to constrain");
  expect(() => lagrangianUtility([harmless])).toThrow("a value to maximise");
  for (const bad of [0, -1, Number.NaN]) {
    expect(() => make({ learningRate: bad })).toThrow("learningRate");
    expect(() => make({ initial: bad })).toThrow("initial");
  }
});

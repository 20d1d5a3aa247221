import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkGradients, evaluate } from "../../engine/check-gradients.fixture.ts";
import { float64, gradient, graph, type Tensor } from "../../engine/index.ts";
import { rolloutOf, smallest } from "./algorithm.fixture.ts";
import { checkClipping, clippedSurrogate, epochUpdates, type SurrogateInputs } from "./clipped-surrogate.ts";

const inputsOf = (oldLogProbs: Tensor, advantages: Tensor, weights: Tensor): SurrogateInputs => ({
  oldLogProbs,
  advantages,
  weights,
});

async function surrogateAt(ratios: number[], advantages: number[], epsilon: number) {
  const g = graph();
  const old = ratios.map((_, i) => -0.5 - i / 10);
  const x = g.input("x", "float64", [ratios.length]);
  const constant = (numbers: number[]) => g.constant(float64(numbers, [numbers.length]));
  const inputs = inputsOf(constant(old), constant(advantages), constant(ratios.map(() => 0.25)));
  const found = clippedSurrogate(x, inputs, epsilon);
  const [dx] = gradient(found.loss, [x]) as [Tensor];
  const logProbs = ratios.map((ratio, i) => Math.log(ratio) + old[i]!);
  const outputs = await evaluate({ ...found, dx }, { x: float64(logProbs, [ratios.length]) });
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [name, Array.from(data, Number)]),
  );
}

describe("clipped surrogate", () => {
  test("worked by hand", async () => {
    const found = await surrogateAt([1.5, 0.5, 1.1, 1.5], [2, -1, 3, -2], 0.2);
    // min(3, 2.4) + min(−0.5, −0.8) + min(3.3, 3.3) + min(−3, −2.4) = 1.9, a quarter of it
    expect(found.loss![0]).toBeCloseTo(-0.475, 12);
    expect(found.clipFraction![0]).toBeCloseTo(0.75, 12);
    const kl = (0.5 - Math.log(1.5) - 0.5 - Math.log(0.5) + 0.1 - Math.log(1.1) + 0.5 - Math.log(1.5)) / 4;
    expect(found.updateKl![0]).toBeCloseTo(kl, 12);
    // −w ρ A where the clip does not hold: the third and the fourth
    for (const [i, expected] of [0, 0, -0.825, 0.75].entries())
      expect(found.dx![i]).toBeCloseTo(expected, 12);
  });

  test("at the policy that sampled, its gradient is that of −Σ w A log π", async () => {
    const { dx, clipFraction, updateKl } = await surrogateAt([1, 1, 1], [2, -1, 0], 0.2);
    for (const [i, expected] of [-0.5, 0.25, 0].entries()) expect(dx![i]).toBeCloseTo(expected, 12);
    expect([clipFraction![0], updateKl![0]]).toEqual([0, 0]);
  });

  test("stays finite where the policy has moved without measure", async () => {
    const found = await surrogateAt([1e200, 1e-200], [-1, 1], 0.2);
    expect(Object.values(found).flat().every(Number.isFinite)).toBe(true);
  });

  test("gradient by finite differences", () =>
    checkGradients({
      cases: fc
        .tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom(0.1, 0.2, 0.9))
        .map(([size, epsilon]) => ({ shapes: Array.from({ length: 4 }, () => [size]), epsilon })),
      build: ([x, old, advantages, weights], { epsilon }) =>
        clippedSurrogate(x!, inputsOf(old!, advantages!, weights!), epsilon).loss,
    }));
});

describe("epochs of minibatches", () => {
  const lengths = [1, 5, 2, 3, 1, 4, 2];
  const rollouts = lengths.map((length, i) => {
    const logProbs = Array.from({ length }, () => -i);
    return rolloutOf(0, logProbs, logProbs);
  });
  const updates = (seed: number) =>
    epochUpdates(rollouts, smallest, { epochs: 2, minibatches: 3, seed }, (i) => ({
      id: rollouts[i]!.logProbs.map(() => i + 1),
    })).map((parts) =>
      parts.map(({ layout, feeds }) => ({
        id: Array.from(feeds.id!.data as Float32Array),
        weights: Array.from(feeds.weights!.data as Float32Array),
        count: layout.count,
      })),
    );

  test("each epoch sees every token once, all with the same weight", () => {
    const found = updates(3);
    expect(found.length).toBe(6);
    for (const epoch of [found.slice(0, 3), found.slice(3)]) {
      const tokens = epoch.flat().flatMap(({ id }) => id.filter((each) => each !== 0));
      const expected = lengths.flatMap((length, i) => Array.from({ length }, () => i + 1));
      expect(tokens.sort((a, b) => a - b)).toEqual(expected);
    }
    for (const { id, weights, count } of found.flat()) {
      expect(
        weights.every((weight, t) => (id[t] === 0 ? weight === 0 : weight === Math.fround(3 / 18))),
      ).toBe(true);
      // padding, where there is any, stands at the end
      expect(id.indexOf(0)).toBe(count === id.length ? -1 : count);
    }
  });

  test("the order follows from the seed, and differs between epochs", () => {
    expect(updates(3)).toEqual(updates(3));
    expect(updates(3)).not.toEqual(updates(4));
    expect(updates(3).slice(0, 3)).not.toEqual(updates(3).slice(3));
  });

  test("more minibatches than rollouts are not made", () => {
    const some = epochUpdates(rollouts, smallest, { epochs: 1, minibatches: 100, seed: 1 }, () => ({}));
    expect(some.length).toBe(rollouts.length);
  });

  test("options out of range are refused", () => {
    const fine = { epochs: 1, minibatches: 1, clip: 0.2 };
    expect(() => checkClipping(fine)).not.toThrow();
    expect(() => checkClipping({ ...fine, epochs: 0 })).toThrow(/epochs/);
    expect(() => checkClipping({ ...fine, minibatches: 1.5 })).toThrow(/minibatches/);
    for (const clip of [0, 1, Number.NaN]) expect(() => checkClipping({ ...fine, clip })).toThrow(/clip/);
  });
});

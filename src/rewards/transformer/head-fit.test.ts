import { expect, test } from "vitest";
import { sigmoid } from "../../objective/index.ts";
import { createRandom } from "../../stats/random.ts";
import { fitHead, type PooledPair } from "./head-fit.ts";
import { STATES } from "./pooled-pass.ts";

const DIM = 4;
const SIZE = STATES * DIM + 1;

/** Pairs at prompts of two each, told apart by one feature, with Bradley–Terry noise. */
function made(count: number, { feature = 5, strength = 2, scale = 1 } = {}): PooledPair[] {
  const random = createRandom(7);
  return Array.from({ length: count }, (_, i) => {
    const raw = Float32Array.from({ length: SIZE }, () => random.normal());
    const won = random.uniform() < sigmoid(strength * raw[feature]!);
    const difference = raw.map((x, j) => (won ? x : -x) * (j < DIM ? scale : 1));
    return { promptHash: String(i >> 1), difference, margin: 0, weight: 1 };
  });
}
const accuracy = (differences: Float64Array) =>
  differences.reduce((sum, d) => sum + (d > 0 ? 1 : 0), 0) / differences.length;

test("finds the feature that tells, and says so on pairs that it did not see", async () => {
  const pairs = made(600);
  const fit = await fitHead(pairs, { seed: 1 });
  const largest = fit.head.reduce((best, x, j) => (Math.abs(x) > Math.abs(fit.head[best]!) ? j : best), 0);
  expect(largest).toBe(5);
  // with strength 2 on a standard normal, the true feature is right in 77 % of pairs
  const truth = accuracy(Float64Array.from(pairs, ({ difference }) => difference[5]!));
  expect(accuracy(fit.outOfFold)).toBeGreaterThan(truth - 0.03);
  expect(fit.crossValidation.find(({ l2 }) => l2 === fit.l2)!.accuracy).toBeCloseTo(
    accuracy(fit.outOfFold),
    12,
  );
});

test("no pair says anything of itself out of fold: by chance, about half are right", async () => {
  const random = createRandom(11);
  const noise = made(400, { strength: 0 }).map((pair) => ({
    ...pair,
    difference: pair.difference.map(() => random.normal()),
  }));
  const { outOfFold } = await fitHead(noise, { seed: 1 });
  expect(Math.abs(accuracy(outOfFold) - 0.5)).toBeLessThan(0.1);
});

test("the size of a state in the trunk does not matter", async () => {
  const [small, large] = await Promise.all([
    fitHead(made(200), { seed: 1 }),
    fitHead(made(200, { scale: 1024 }), { seed: 1 }),
  ]);
  for (const [i, difference] of small.outOfFold.entries()) {
    expect(large.outOfFold[i]).toBeCloseTo(difference, 3);
  }
});

test("a feature that never differs gets 0, and weights of 0 do not count", async () => {
  const pairs = made(100).map((pair) => ({ ...pair, difference: pair.difference.with(SIZE - 1, 0) }));
  expect((await fitHead(pairs, { seed: 1 })).head.at(-1)).toBe(0);
  const constant = pairs.map((pair) => ({ ...pair, difference: new Float32Array(SIZE) }));
  const { head, outOfFold } = await fitHead(constant, { seed: 1 });
  expect([...head, ...outOfFold].every((x) => x === 0)).toBe(true);
});

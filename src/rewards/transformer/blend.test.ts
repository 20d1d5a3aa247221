import fc from "fast-check";
import { expect, test } from "vitest";
import { softplus } from "../../objective/index.ts";
import { createRandom } from "../../stats/random.ts";
import { fitBlend } from "./blend.ts";

const random = createRandom(3);
const columns = (signals: readonly number[], rows = 400) =>
  signals.map((signal) => Float64Array.from({ length: rows }, () => random.normal() + signal));

test("a model that adds nothing or harms gets 0, and the other is kept", () => {
  const [good, bad] = columns([0.5, -0.5]) as [Float64Array, Float64Array];
  expect(fitBlend(good, bad)).toMatchObject({ transformer: 0 });
  expect(fitBlend(good, bad).ngram).toBeGreaterThan(0.5);
  expect(fitBlend(bad, good)).toMatchObject({ ngram: 0 });
  expect(fitBlend(bad, good).transformer).toBeGreaterThan(0.5);
});

test("where neither is worth anything, it is the n-gram model", () => {
  const [a, b] = columns([-1, -1]) as [Float64Array, Float64Array];
  expect(fitBlend(a, b)).toEqual({ ngram: 1, transformer: 0 });
});

test("no blend on a grid is likelier", () => {
  const [a, b] = columns([0.6, 0.3]) as [Float64Array, Float64Array];
  const loss = (x: number, y: number) =>
    a.reduce((sum, _, i) => sum + softplus(-(x * a[i]! + y * b[i]!)), 0) / a.length +
    0.5e-3 * (x * x + y * y);
  const { ngram, transformer } = fitBlend(a, b);
  for (let x = 0; x <= 2; x += 0.05) {
    for (let y = 0; y <= 2; y += 0.05) {
      expect(loss(x, y)).toBeGreaterThanOrEqual(loss(ngram, transformer) - 1e-9);
    }
  }
});

test("is finite and not negative whatever the differences", () => {
  const number = fc.double({ min: -1e3, max: 1e3, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 20 }), (pairs) => {
      const { ngram, transformer } = fitBlend(
        Float64Array.from(pairs, ([a]) => a),
        Float64Array.from(pairs, ([, b]) => b),
      );
      expect(Number.isFinite(ngram + transformer)).toBe(true);
      expect(Math.min(ngram, transformer)).toBeGreaterThanOrEqual(0);
      expect(ngram + transformer).toBeGreaterThan(0);
    }),
    { numRuns: 300 },
  );
});

test("a pair of weight 0 does not count, and margins ask for more", () => {
  const a = Float64Array.of(1, -1, 2, 1);
  const b = Float64Array.of(0.5, 2, -1, 1);
  const counts = Float64Array.of(1, 1, 1, 0);
  expect(fitBlend(a, b, { counts })).toEqual(fitBlend(a.slice(0, 3), b.slice(0, 3)));
  const margins = Float64Array.of(1, 1, 1, 1);
  expect(fitBlend(a, b, { margins }).ngram).toBeGreaterThan(fitBlend(a, b).ngram);
});

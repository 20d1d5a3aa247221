import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quantile } from "../objective/index.ts";
import { createRandom } from "../stats/random.ts";
import { fitQuantile, pinball, type QuantileProblem, smoothedLoss } from "./quantile-regression.ts";
import { stack } from "./sparse.ts";

/** y = 2x + (1 + x)·noise, x uniform in [0, 1), noise normal: the q-quantile at x is 2x + (1 + x)Φ⁻¹(q). */
function heteroscedastic(seed: number, size: number, q: number): QuantileProblem & { x: number[] } {
  const random = createRandom(seed);
  const x = Array.from({ length: size }, () => random.uniform());
  return {
    x,
    features: stack(x.map((value) => ({ indices: Int32Array.of(0), values: Float64Array.of(value) }))).rows,
    rowOf: Int32Array.from(x.keys()),
    observations: Float64Array.from(x, (value) => 2 * value + (1 + value) * random.normal()),
    q,
    l2: 1e-6,
  };
}

const loss = ({ x, observations, q }: ReturnType<typeof heteroscedastic>, intercept: number, slope: number) =>
  observations.reduce((sum, y, i) => sum + pinball(y - intercept - slope * x[i]!, q), 0) /
  observations.length;

describe("quantile regression", () => {
  test("without features is the sample quantile", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (observations, q) => {
          const { intercept } = fitQuantile({
            features: stack([{ indices: Int32Array.of(), values: Float64Array.of() }]).rows,
            rowOf: new Int32Array(observations.length),
            observations: Float64Array.from(observations),
            q,
            l2: 1,
          });
          expect(intercept).toBe(quantile(observations, q));
        },
      ),
    );
  });

  test("finds the quantile line of heteroscedastic data and covers a share q at every x", () => {
    const problem = heteroscedastic(1, 20_000, 0.85);
    const { intercept, weights } = fitQuantile(problem);
    // Φ⁻¹(0.85) = 1.0364
    expect(intercept).toBeCloseTo(1.0364, 1);
    expect(weights[0]).toBeCloseTo(2 + 1.0364, 0);
    const fresh = heteroscedastic(2, 20_000, 0.85);
    for (const [low, high] of [
      [0, 0.25],
      [0.25, 0.75],
      [0.75, 1],
    ]) {
      const inside = [...fresh.x.keys()].filter((i) => fresh.x[i]! >= low! && fresh.x[i]! < high!);
      const covered = inside.filter((i) => fresh.observations[i]! <= intercept + weights[0]! * fresh.x[i]!);
      expect(Math.abs(covered.length / inside.length - 0.85)).toBeLessThan(0.02);
    }
  });

  test("loses less than any near line", () => {
    const problem = heteroscedastic(3, 2000, 0.7);
    const { intercept, weights } = fitQuantile(problem);
    const best = loss(problem, intercept, weights[0]!);
    for (const [a, b] of [
      [0.2, 0],
      [-0.2, 0],
      [0, 0.3],
      [0, -0.3],
      [0.2, -0.4],
      [-0.2, 0.4],
    ]) {
      expect(loss(problem, intercept + a!, weights[0]! + b!)).toBeGreaterThan(best);
    }
  });

  test("has the gradient that finite differences give", () => {
    const f = smoothedLoss({ ...heteroscedastic(4, 300, 0.8), l2: 0.1 });
    const at = Float64Array.of(0.7, 0.4);
    const [gradient, ignored] = [new Float64Array(2), new Float64Array(2)];
    f(at, gradient);
    for (const j of [0, 1]) {
      const moved = (step: number) =>
        f(
          at.map((value, i) => (i === j ? value + step : value)),
          ignored,
        );
      expect(gradient[j]).toBeCloseTo((moved(1e-6) - moved(-1e-6)) / 2e-6, 5);
    }
  });

  test("ignores features under an infinite penalty, and takes constant observations", () => {
    const problem = heteroscedastic(5, 100, 0.5);
    const none = fitQuantile({ ...problem, l2: Number.POSITIVE_INFINITY });
    expect(none).toEqual({ intercept: quantile(problem.observations, 0.5), weights: Float64Array.of(0) });
    const flat = fitQuantile({ ...problem, observations: new Float64Array(100).fill(3) });
    expect(flat).toEqual({ intercept: 3, weights: Float64Array.of(0) });
  });
});

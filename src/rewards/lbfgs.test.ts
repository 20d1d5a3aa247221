import { expect, test } from "vitest";
import { minimise } from "./lbfgs.ts";

test("finds the minimum of a quadratic, as in closed form", () => {
  const scale = [1, 10, 100, 0.1];
  const centre = [1, -2, 3, -4];
  const { x, converged } = minimise(
    (x, gradient) => {
      let value = 0;
      x.forEach((xi, i) => {
        value += 0.5 * scale[i]! * (xi - centre[i]!) ** 2;
        gradient[i] = scale[i]! * (xi - centre[i]!);
      });
      return value;
    },
    new Float64Array(4),
    { tolerance: 1e-10 },
  );
  expect(converged).toBe(true);
  for (const [i, xi] of x.entries()) expect(xi).toBeCloseTo(centre[i]!, 8);
});

test("finds the bottom of Rosenbrock's valley", () => {
  const { x, value } = minimise(
    ([a, b]: Float64Array, gradient) => {
      gradient[0] = -2 * (1 - a!) - 400 * a! * (b! - a! * a!);
      gradient[1] = 200 * (b! - a! * a!);
      return (1 - a!) ** 2 + 100 * (b! - a! * a!) ** 2;
    },
    Float64Array.of(-1.2, 1),
    { tolerance: 1e-9 },
  );
  expect(value).toBeLessThan(1e-12);
  expect(x[0]).toBeCloseTo(1, 6);
  expect(x[1]).toBeCloseTo(1, 6);
});

test("says so where the iterations run out, and leaves the start as it was", () => {
  const start = Float64Array.of(5);
  const found = minimise(
    (x, gradient) => {
      gradient[0] = 4 * x[0]! ** 3;
      return x[0]! ** 4;
    },
    start,
    { maxIterations: 2, tolerance: 1e-12 },
  );
  expect(found).toMatchObject({ iterations: 2, converged: false });
  expect(start[0]).toBe(5);
});

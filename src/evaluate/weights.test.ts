import { expect, test } from "vitest";
import { weightSweep } from "./weights.ts";

const corner = (n: number, v: number) => Array.from({ length: n }, (_, i) => (i === v ? 1 : 0));

test.each([
  [1, 1],
  [2, 11],
  [3, 16],
  [4, 11],
  [5, 16],
  [6, 22],
])("%i values give %i points, corners and centre among them", (n, points) => {
  const sweep = weightSweep(n);
  expect(sweep).toHaveLength(points);
  expect(new Set(sweep.map(String)).size).toBe(points);
  expect(sweep.at(-1)).toEqual(Array(n).fill(1 / n));
  for (let v = 0; v < n; v++) expect(sweep).toContainEqual(corner(n, v));
  for (const weights of sweep) expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
});

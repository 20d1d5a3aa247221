import { describe, expect, test } from "vitest";
import { createRandom } from "../stats/random.ts";
import { crossedMean, drawResamples, studentQuantile } from "./crossed-interval.ts";

const options = { seed: 1, resamples: 400 };

describe("of tables from a known model, the interval holds the truth about as often as it says", () => {
  test.each([
    ["seeds differ most", { seed: 0.1, prompt: 0.1, cell: 0.1 }],
    ["prompts differ most", { seed: 0, prompt: 0.5, cell: 0.1 }],
    ["cells are noisy", { seed: 0, prompt: 0, cell: 0.5 }],
    ["all of it", { seed: 0.03, prompt: 0.3, cell: 0.5 }],
  ])("%s", (_, std) => {
    const [S, P, times] = [5, 60, 600];
    const random = createRandom(3);
    const draws = drawResamples(S, P, options);
    let held = 0;
    for (let i = 0; i < times; i++) {
      const prompts = Array.from({ length: P }, () => std.prompt * random.normal());
      const table = Array.from({ length: S }, () => {
        const seed = std.seed * random.normal();
        return prompts.map((prompt) => 0.3 + seed + prompt + std.cell * random.normal());
      });
      const { ci95 } = crossedMean(table, draws);
      if (ci95[0] <= 0.3 && 0.3 <= ci95[1]) held += 1;
    }
    // two standard errors of 600 trials at 95 % are 0.018; with five seeds no method is exact
    expect(held / times).toBeGreaterThan(0.92);
    expect(held / times).toBeLessThan(0.985);
  });
});

test("a table without noise has no interval, and its mean is exact", () => {
  const { value, ci95 } = crossedMean(
    [
      [0.5, 0.5],
      [0.5, 0.5],
    ],
    drawResamples(2, 2, options),
  );
  expect([value, ...ci95]).toEqual([0.5, 0.5, 0.5]);
});

test("one seed: the interval is that over prompts", () => {
  const random = createRandom(5);
  const row = Array.from({ length: 400 }, () => random.normal());
  const { value, ci95 } = crossedMean([row], drawResamples(1, 400, { seed: 2, resamples: 4000 }));
  const std = Math.sqrt(row.reduce((sum, x) => sum + (x - value) ** 2, 0) / 399);
  expect((ci95[1] - ci95[0]) / 2).toBeCloseTo((1.96 * std) / 20, 2);
});

test("one prompt: the interval is that over seeds, nearly Student's", () => {
  const column = [0.1, 0.25, 0.3, 0.42, 0.5, 0.61, 0.7, 0.77].map((x) => [x]);
  const { value, ci95 } = crossedMean(column, drawResamples(8, 1, { seed: 2, resamples: 8000 }));
  const std = Math.sqrt(column.reduce((sum, [x]) => sum + (x! - value) ** 2, 0) / 7);
  const half = (studentQuantile(7) * std) / Math.sqrt(8);
  expect((ci95[1] - ci95[0]) / 2 / half).toBeCloseTo(1, 1);
});

test.each([1, 2, 5, 10, 11, 30])(
  "Student's quantile at %i degrees of freedom leaves 2.5 % above it",
  (df) => {
    // t = √df tan θ turns the tail into ∫ cos^(df−1) θ dθ, by Simpson
    const integral = (from: number, to: number, n = 2000) => {
      const step = (to - from) / n;
      let sum = 0;
      for (let i = 0; i <= n; i++) {
        const weight = i === 0 || i === n ? 1 : i % 2 === 1 ? 4 : 2;
        sum += weight * Math.cos(from + i * step) ** (df - 1);
      }
      return (sum * step) / 3;
    };
    const at = Math.atan(studentQuantile(df) / Math.sqrt(df));
    expect(integral(at, Math.PI / 2) / integral(-Math.PI / 2, Math.PI / 2)).toBeCloseTo(0.025, 4);
  },
);

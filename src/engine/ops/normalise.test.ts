import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { apply, checkGradients } from "../check-gradients.fixture.ts";
import { graph } from "../graph.ts";
import { float64 } from "../tensor.ts";
import { layerNorm, rmsNorm } from "./normalise.ts";

/** [.., d] and vectors [d]; d ≥ 2, because one number is its own mean. */
const rows = (vectors: number) =>
  fc
    .tuple(fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }), fc.integer({ min: 2, max: 4 }))
    .map(([batch, width]) => ({
      shapes: [[...batch, width], ...Array.from({ length: vectors }, () => [width])],
    }));

describe("gradients against differences", () => {
  // the runtime gives the statistics in float32, also for float64
  it("layerNorm", () =>
    checkGradients({
      cases: rows(2),
      build: ([x, gain, bias]) => layerNorm(x!, gain!, bias!, 0.1),
      tolerance: 2e-6,
    }));

  it("rmsNorm", () => checkGradients({ cases: rows(1), build: ([x, gain]) => rmsNorm(x!, gain!, 0.1) }));
});

describe("values", () => {
  it("layerNorm takes mean 0 and variance 1, then gain and bias", async () => {
    const found = await apply(
      (x, gain, bias) => layerNorm(x, gain, bias, 0),
      float64([1, 3, 10, 20], [2, 2]),
      float64([2, 3]),
      float64([0.5, 0]),
    );
    for (const [i, expected] of [-1.5, 3, -1.5, 3].entries()) expect(found[i]).toBeCloseTo(expected, 6);
  });

  it("rmsNorm divides by the root mean square, ε inside", async () => {
    const found = await apply((x, gain) => rmsNorm(x, gain, 1), float64([1, 7]), float64([1, 2]));
    expect(found[0]).toBeCloseTo(1 / Math.sqrt(26), 12);
    expect(found[1]).toBeCloseTo(14 / Math.sqrt(26), 12);
  });
});

it("names weights that do not fit", () => {
  const g = graph();
  const [x, w] = [g.input("x", "float32", [2, 3]), g.input("w", "float32", [2])];
  expect(() => layerNorm(x, w, w)).toThrow("layerNorm: float32[2,3], float32[2], float32[2] do not fit");
  expect(() => rmsNorm(x, w)).toThrow("rmsNorm: float32[2,3], float32[2] do not fit");
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyShape, apply, checkGradients, evaluate } from "../check-gradients.fixture.ts";
import { gradient } from "../gradient.ts";
import { graph } from "../graph.ts";
import { float32, float64 } from "../tensor.ts";
import { sum } from "./broadcast.ts";
import { logSumExp, max, mean, min } from "./reduce.ts";

/** A shape, some of its axes or none given, and whether they are kept. */
const reductions = anyShape().chain((shape) =>
  fc.record({
    shapes: fc.constant([shape]),
    axes: fc.option(fc.subarray(shape.map((_, axis) => axis)), { nil: undefined }),
    keepDims: fc.boolean(),
  }),
);

describe("gradients against differences", () => {
  it.each([
    ["sum", sum],
    ["mean", mean],
    ["max", max],
    ["min", min],
    ["logSumExp", logSumExp],
  ])("%s over any axes", (_, f) =>
    checkGradients({ cases: reductions, build: ([x], { axes, keepDims }) => f(x!, axes, { keepDims }) }),
  );
});

describe("values", () => {
  const x = float64([1, 2, 3, 4, 5, 9], [2, 3]);

  it("reduces over one axis, the last, or all", async () => {
    expect(await apply((t) => sum(t, 0), x)).toEqual([5, 7, 12]);
    expect(await apply((t) => mean(t, -1), x)).toEqual([2, 6]);
    expect(await apply((t) => max(t), x)).toEqual([9]);
    expect(await apply((t) => min(t, [0, 1]), x)).toEqual([1]);
  });

  it("keeps reduced axes with size 1 on request", () => {
    const t = graph().input("t", "float32", [2, 3, 4]);
    expect(sum(t, [0, -1], { keepDims: true }).shape).toEqual([1, 3, 1]);
    expect(sum(t, [0, -1]).shape).toEqual([3]);
    expect(logSumExp(t, 1).shape).toEqual([2, 4]);
  });

  it("logSumExp does not overflow", async () => {
    const [y] = await apply((t) => logSumExp(t), float32([1000, 1000]));
    expect(y).toBeCloseTo(1000 + Math.LN2, 4);
  });

  it("elements that tie share the gradient of their maximum", async () => {
    const g = graph();
    const t = g.input("t", "float64", [4]);
    const [dt] = gradient(max(t), [t]);
    const found = await evaluate({ dt: dt! }, { t: float64([7, 1, 7, 3]) });
    expect(Array.from(found.dt!.data, Number)).toEqual([0.5, 0, 0.5, 0]);
  });

  it("names an axis that does not exist", () => {
    const t = graph().input("t", "float32", [2, 3]);
    expect(() => sum(t, 2)).toThrow("ReduceSum: axis 2 does not exist in float32[2,3]");
    expect(() => mean(t, -3)).toThrow("ReduceMean: axis -3 does not exist in float32[2,3]");
  });
});

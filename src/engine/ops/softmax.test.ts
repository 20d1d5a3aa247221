import { describe, expect, it } from "vitest";
import { apply, checkGradients, shapeAndAxis } from "../check-gradients.fixture.ts";
import { graph } from "../graph.ts";
import { float32, float64 } from "../tensor.ts";
import { logSoftmax, softmax } from "./softmax.ts";

describe.each([
  ["softmax", softmax],
  ["logSoftmax", logSoftmax],
])("%s", (name, f) => {
  it("has the gradient of differences along any axis", () =>
    checkGradients({ cases: shapeAndAxis, build: ([x], { axis }) => f(x!, axis) }));

  it("needs an axis that exists", () => {
    expect(() => f(graph().input("x", "float32", [2]), 1)).toThrow(
      `${name}: axis 1 does not exist in float32[2]`,
    );
  });
});

it("softmax is eˣ/Σeˣ, and logSoftmax its logarithm", async () => {
  const [a, b] = await apply((x) => softmax(x), float64([0, Math.log(3)]));
  expect(a).toBeCloseTo(0.25, 12);
  expect(b).toBeCloseTo(0.75, 12);
  const [c, d] = await apply((x) => logSoftmax(x), float64([0, Math.log(3)]));
  expect(c).toBeCloseTo(Math.log(0.25), 12);
  expect(d).toBeCloseTo(Math.log(0.75), 12);
});

it("does not overflow", async () => {
  expect(await apply((x) => softmax(x), float32([1e4, 0]))).toEqual([1, 0]);
  expect(await apply((x) => logSoftmax(x), float32([1e4, 0]))).toEqual([0, -1e4]);
});

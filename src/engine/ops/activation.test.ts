import { describe, expect, it } from "vitest";
import { apply, checkGradients, oneShape } from "../check-gradients.fixture.ts";
import { float32, float64 } from "../tensor.ts";
import * as ops from "./activation.ts";

describe("values", () => {
  const points = [-3, -0.5, 0, 0.5, 3];
  const σ = (x: number) => 1 / (1 + Math.exp(-x));

  it.each([
    ["relu", ops.relu, (x: number) => Math.max(x, 0)],
    ["tanh", ops.tanh, Math.tanh],
    ["sigmoid", ops.sigmoid, σ],
    ["softplus", ops.softplus, (x: number) => Math.log1p(Math.exp(x))],
    ["logSigmoid", ops.logSigmoid, (x: number) => -Math.log1p(Math.exp(-x))],
    ["silu", ops.silu, (x: number) => x * σ(x)],
    [
      "gelu",
      ops.gelu,
      (x: number) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
    ],
  ])("%s", async (_, f, expected) => {
    const found = await apply(f, float64(points));
    for (const [i, x] of points.entries()) expect(found[i]).toBeCloseTo(expected(x), 12);
  });

  it("erf and the exact GELU agree with published numbers", async () => {
    // Abramowitz & Stegun, tables 7.1 and 26.1
    const [half, two] = await apply(ops.erf, float32([0.5, 2]));
    expect(half).toBeCloseTo(0.5204998778, 6);
    expect(two).toBeCloseTo(0.995322265, 6);
    const [one, minusOne] = await apply(ops.geluExact, float32([1, -1]));
    expect(one).toBeCloseTo(0.8413447461, 6);
    expect(minusOne).toBeCloseTo(-0.1586552539, 6);
  });

  it("is finite far out", async () => {
    const far = float32([-1e6, -200, 200, 1e6]);
    // −0 counts as 0
    const at = async (f: typeof ops.silu) => (await apply(f, far)).map((y) => y + 0);
    expect(await at(ops.logSigmoid)).toEqual([-1e6, -200, 0, 0]);
    expect(await at(ops.softplus)).toEqual([0, 0, 200, 1e6]);
    expect(await at(ops.silu)).toEqual([0, 0, 200, 1e6]);
    expect(await at(ops.gelu)).toEqual([0, 0, 200, 1e6]);
  });
});

describe("gradients against differences", () => {
  it.each([
    ["relu", ops.relu],
    ["tanh", ops.tanh],
    ["sigmoid", ops.sigmoid],
    ["softplus", ops.softplus],
    ["logSigmoid", ops.logSigmoid],
    ["silu", ops.silu],
    ["gelu", ops.gelu],
  ])("%s", (_, f) => checkGradients({ cases: oneShape(), build: ([x]) => f(x!), range: [-4, 4] }));

  it.each([
    ["erf", ops.erf],
    ["geluExact", ops.geluExact],
  ])("%s", (_, f) => checkGradients({ cases: oneShape(), build: ([x]) => f(x!), dtype: "float32" }));
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../stats/random.ts";
import { checkGradients, evaluate, oneShape } from "./check-gradients.fixture.ts";
import { gradient } from "./gradient.ts";
import { graph, type Tensor } from "./graph.ts";
import { gelu, silu, softplus, tanh } from "./ops/activation.ts";
import { sum } from "./ops/broadcast.ts";
import { add, div, exp, less, mul, neg, sin, square, stopGradient } from "./ops/elementwise.ts";
import { matmul } from "./ops/matmul.ts";
import { layerNorm, rmsNorm } from "./ops/normalise.ts";
import { logProb } from "./ops/pick.ts";
import { logSumExp } from "./ops/reduce.ts";
import { concat, split, transpose } from "./ops/shape.ts";
import { logSoftmax, softmax } from "./ops/softmax.ts";
import { compile } from "./program.ts";
import { Session } from "./session.ts";
import { float64, int64, sizeOf } from "./tensor.ts";

const numbers = async (tensor: Tensor, feeds = {}) =>
  Array.from((await evaluate({ y: tensor }, feeds)).y!.data as Float64Array, Number);

describe("gradient", () => {
  it("adds up over the paths from a tensor to the result", async () => {
    const g = graph();
    const x = g.input("x", "float64", []);
    // x² + x·sin x + 3x
    const y = add(add(square(x), mul(x, sin(x))), mul(x, 3));
    const [dx] = gradient(y, [x]);
    expect(await numbers(dx!, { x: float64([2], []) })).toEqual([
      expect.closeTo(4 + Math.sin(2) + 2 * Math.cos(2) + 3, 12),
    ]);
  });

  it("goes to a tensor in the middle and through it to one behind", async () => {
    const g = graph();
    const x = g.input("x", "float64", []);
    const middle = square(x);
    const [dMiddle, dx] = gradient(mul(middle, 5), [middle, x]);
    const found = await evaluate({ dMiddle: dMiddle!, dx: dx! }, { x: float64([3], []) });
    expect([Number(found.dMiddle!.data[0]), Number(found.dx!.data[0])]).toEqual([5, 30]);
  });

  it("is zero for a tensor that does not reach the result, one for the result itself", async () => {
    const g = graph();
    const [x, z] = [g.input("x", "float64", []), g.input("z", "float64", [2])];
    const y = exp(x);
    const [dz, dy] = gradient(y, [z, y]);
    expect(await numbers(dz!)).toEqual([0, 0]);
    expect(await numbers(dy!)).toEqual([1]);
  });

  it("with a seed is a vector–Jacobian product", async () => {
    const g = graph();
    const [x, w] = [g.input("x", "float64", [2]), g.input("w", "float64", [2])];
    const [dx] = gradient(square(x), [x], w);
    expect(await numbers(dx!, { x: float64([3, 4]), w: float64([10, 100]) })).toEqual([60, 800]);
  });

  it("stops at stopGradient and at truth values", async () => {
    const g = graph();
    const x = g.input("x", "float64", [2]);
    const [dx] = gradient(sum(stopGradient(exp(x))), [x]);
    expect(await numbers(dx!)).toEqual([0, 0]);
    expect(() => gradient(less(x, 1), [x])).toThrow("gradient: needs a float scalar or a seed, got bool[2]");
  });

  it("says which operator has no rule", () => {
    const g = graph();
    const x = g.input("x", "float64", []);
    const [y] = g.node("Ceil", [x], [x]);
    expect(() => gradient(y!, [x])).toThrow("gradient: Ceil has no gradient rule");
    const [row, weight] = [g.input("row", "float64", [3]), g.input("weight", "float64", [3])];
    const [slope] = gradient(sum(layerNorm(row, weight, weight)), [row]);
    expect(() => gradient(sum(slope!), [row])).toThrow("gradient: LayerNormalization has no gradient rule");
  });

  it("needs a scalar, or a seed of the result's type", () => {
    const g = graph();
    const x = g.input("x", "float64", [2]);
    expect(() => gradient(exp(x), [x])).toThrow("gradient: needs a float scalar or a seed, got float64[2]");
    expect(() => gradient(exp(x), [x], sum(x))).toThrow(
      "gradient: the seed is float64[], the result float64[2]",
    );
  });

  it("builds nothing that the wanted gradients do not need", () => {
    const g = graph();
    const [x, w] = [g.input("x", "float32", [8, 4]), g.input("w", "float32", [4, 4])];
    const [dw] = gradient(sum(tanh(matmul(tanh(matmul(x, x.graph.input("v", "float32", [4, 4]))), w))), [w]);
    // forward: two products, two tanh; backward: one transpose, one product and what tanh and sum need
    const operators = compile({ dw: dw! }).model;
    const count = new TextDecoder("latin1").decode(operators).split("MatMul").length - 1;
    expect(count).toBe(3);
  });
});

describe("second derivatives against differences of first ones", () => {
  const slopes =
    (f: (x: Tensor) => Tensor) =>
    ([x]: Tensor[]) =>
      gradient(sum(square(f(x!))), [x!])[0]!;
  it.each([
    ["gelu", gelu],
    ["silu", silu],
    ["softplus", softplus],
    ["tanh", tanh],
    ["x/(1 + x²)", (x: Tensor) => div(x, add(square(x), 1))],
  ])("%s", (_, f) => checkGradients({ cases: oneShape(), build: slopes(f), tolerance: 1e-6 }));

  it.each([
    ["softmax", (x: Tensor) => softmax(x)],
    ["logSoftmax", (x: Tensor) => logSoftmax(x)],
    ["logSumExp", (x: Tensor) => logSumExp(x, -1)],
    ["rmsNorm", (x: Tensor) => rmsNorm(x, x.graph.constant(float64(Array(x.shape.at(-1)!).fill(2))), 0.1)],
    [
      "logProb",
      (x: Tensor) =>
        logProb(
          x,
          x.graph.constant(int64(Array(sizeOf(x.shape.slice(0, -1))).fill(0), x.shape.slice(0, -1))),
        ),
    ],
    [
      "split and concat",
      (x: Tensor) => concat(split(square(x), Array(x.shape.at(-1)!).fill(1), -1).toReversed(), -1),
    ],
  ])("%s", (_, f) => checkGradients({ cases: oneShape(1), build: slopes(f), tolerance: 1e-6 }));
});

/** ⟨J·v, w⟩ = ⟨v, Jᵀ·w⟩: the rules are transposes of the derivative along v, which central differences give. */
describe("transposition", () => {
  const functions: [string, (x: Tensor) => Tensor][] = [
    ["attention scores", (x) => softmax(matmul(x, transpose(x)))],
    ["normalised rows", (x) => rmsNorm(gelu(x), x.graph.constant(float64([1, 2, 3, 4])), 0.1)],
    ["gated sum", (x) => mul(silu(x), sum(x, 0))],
    ["difference of log-probabilities", (x) => add(logSoftmax(x), neg(logSoftmax(mul(x, 2), 0)))],
  ];
  it.each(functions)("%s", async (_, f) => {
    const g = graph();
    const x = g.input("x", "float64", [3, 4]);
    const y = f(x);
    const w = g.input("w", "float64", y.shape);
    const [product] = gradient(y, [x], w);
    const session = await Session.open(compile({ y, product: product! }), { threads: 1 });
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const random = createRandom(seed);
        const draw = (shape: readonly number[]) =>
          Float64Array.from({ length: sizeOf(shape) }, () => random.normal());
        const [at, v, weights] = [draw(x.shape), draw(x.shape), draw(y.shape)];
        const run = (step: number) =>
          session.run({
            x: float64(
              at.map((number, i) => number + step * v[i]!),
              x.shape,
            ),
            w: float64(weights, y.shape),
          });
        const [up, down, middle] = [await run(1e-5), await run(-1e-5), await run(0)];
        const left = weights.reduce(
          (total, number, i) => total + (number * (Number(up.y!.data[i]) - Number(down.y!.data[i]))) / 2e-5,
          0,
        );
        const right = v.reduce((total, number, i) => total + number * Number(middle.product!.data[i]), 0);
        expect(left).toBeCloseTo(right, 6);
      }),
      { numRuns: 20 },
    );
    await session.dispose();
  });
});

it("layerNorm agrees with its definition in elementary operators, in value and gradient", async () => {
  const g = graph();
  const [x, gain, bias] = [
    g.input("x", "float64", [3, 4]),
    g.input("gain", "float64", [4]),
    g.input("bias", "float64", [4]),
  ];
  const random = createRandom(3);
  const draw = (shape: number[]) =>
    float64(
      Float64Array.from({ length: sizeOf(shape) }, () => random.normal()),
      shape,
    );
  const mean = mul(sum(x, -1, { keepDims: true }), 1 / 4);
  const centred = add(x, neg(mean));
  const plain = add(mul(rmsNorm(centred, gain, 1e-5), 1), bias);
  const fused = layerNorm(x, gain, bias, 1e-5);
  const all = [x, gain, bias];
  const outputs: Record<string, Tensor> = { plain, fused };
  for (const [i, d] of gradient(sum(exp(plain)), all).entries()) outputs[`plain${i}`] = d;
  for (const [i, d] of gradient(sum(exp(fused)), all).entries()) outputs[`fused${i}`] = d;
  const found = await evaluate(outputs, { x: draw([3, 4]), gain: draw([4]), bias: draw([4]) });
  for (const part of ["", "0", "1", "2"]) {
    for (const [i, expected] of Array.from(found[`plain${part}`]!.data, Number).entries()) {
      expect(Number(found[`fused${part}`]!.data[i])).toBeCloseTo(expected, 5);
    }
  }
});

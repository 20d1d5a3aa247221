import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { apply, broadcastShapes, checkGradients } from "../check-gradients.fixture.ts";
import { graph } from "../graph.ts";
import { float64 } from "../tensor.ts";
import { linear, matmul } from "./matmul.ts";

const size = fc.integer({ min: 1, max: 3 });

/** [.., m, k] and [.., k, n], with batch axes that broadcast. */
const factors = fc.tuple(broadcastShapes(2), size, size, size).map(([{ shapes }, m, k, n]) => ({
  shapes: [
    [...shapes[0]!.slice(0, 2), m, k],
    [...shapes[1]!.slice(0, 2), k, n],
  ],
}));
const aligned = factors.filter(({ shapes: [a, b] }) => {
  const [left, right] = [a!.slice(0, -2).toReversed(), b!.slice(0, -2).toReversed()];
  return left.every((size, i) => size === 1 || (right[i] ?? 1) === 1 || size === right[i]);
});

describe("matmul", () => {
  it("is the sum over the inner axis", async () => {
    const a = float64([1, 2, 3, 4, 5, 6], [2, 3]);
    const b = float64([1, 0, 2, 1, 0, 3], [3, 2]);
    expect(await apply(matmul, a, b)).toEqual([5, 11, 14, 23]);
  });

  it("has the gradient of differences, batch axes broadcast", () =>
    checkGradients({ cases: aligned, build: ([a, b]) => matmul(a!, b!) }));

  it("has the gradient of differences for batches of rows against one matrix", () =>
    checkGradients({
      cases: fc.tuple(size, size, size, size).map(([b, m, k, n]) => ({
        shapes: [
          [b, m, k],
          [k, n],
        ],
      })),
      build: ([a, b]) => matmul(a!, b!),
    }));

  it("has the gradient of differences for a matrix times itself", () =>
    checkGradients({ cases: size.map((n) => ({ shapes: [[n, n]] })), build: ([a]) => matmul(a!, a!) }));

  it("names the operands that do not fit", () => {
    const g = graph();
    const a = g.input("a", "float32", [2, 3]);
    expect(() => matmul(a, g.input("b", "float32", [2, 3]))).toThrow(
      "matmul: float32[2,3] · float32[2,3] do not fit",
    );
    expect(() => matmul(a, g.input("v", "float32", [3]))).toThrow(
      "matmul: float32[2,3] · float32[3] do not fit",
    );
    expect(() => matmul(a, g.input("d", "float64", [3, 2]))).toThrow(
      "matmul: float32[2,3] · float64[3,2] do not fit",
    );
    expect(() => matmul(g.input("e", "float32", [2, 1, 3]), g.input("f", "float32", [3, 3, 1]))).toThrow(
      "matmul: shapes [2] and [3] do not broadcast",
    );
  });
});

describe("linear", () => {
  it("has the gradient of differences in input, weight and bias", () =>
    checkGradients({
      cases: fc
        .tuple(fc.array(size, { maxLength: 2 }), size, size)
        .map(([batch, inputs, outputs]) => ({ shapes: [[...batch, inputs], [inputs, outputs], [outputs]] })),
      build: ([x, w, bias]) => linear(x!, w!, bias!),
    }));

  it("multiplies and adds", async () => {
    const found = await apply(
      linear,
      float64([1, 2], [2]),
      float64([1, 2, 3, 4, 5, 6], [2, 3]),
      float64([10, 20, 30]),
    );
    expect(found).toEqual([19, 32, 45]);
    expect(await apply((x, w) => linear(x, w), float64([1, 2], [1, 2]), float64([1, 2], [2, 1]))).toEqual([
      5,
    ]);
  });

  it("names the operands that do not fit", () => {
    const g = graph();
    const x = g.input("x", "float32", [4, 3]);
    expect(() => linear(x, g.input("w", "float32", [4, 3]))).toThrow(
      "linear: float32[4,3] · float32[4,3] do not fit",
    );
  });
});

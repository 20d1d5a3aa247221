import { describe, expect, it } from "vitest";
import { apply, broadcastShapes, checkGradients, evaluate, oneShape } from "../check-gradients.fixture.ts";
import { gradient } from "../gradient.ts";
import { graph } from "../graph.ts";
import { float32, float64, int64 } from "../tensor.ts";
import { sum } from "./broadcast.ts";
import * as ops from "./elementwise.ts";

const operand = float64([0.5, 1.5, 2, 3]);

describe("values", () => {
  it.each([
    ["neg", ops.neg, (x: number) => -x],
    ["exp", ops.exp, Math.exp],
    ["log", ops.log, Math.log],
    ["sqrt", ops.sqrt, Math.sqrt],
    ["abs of the negative", (x: Parameters<typeof ops.neg>[0]) => ops.abs(ops.neg(x)), (x: number) => x],
    ["sign", ops.sign, Math.sign],
    ["sin", ops.sin, Math.sin],
    ["cos", ops.cos, Math.cos],
    ["square", ops.square, (x: number) => x * x],
    ["pow", (x: Parameters<typeof ops.neg>[0]) => ops.pow(x, 1.7), (x: number) => x ** 1.7],
  ])("%s", async (_, f, expected) => {
    const found = await apply(f, operand);
    for (const [i, x] of [0.5, 1.5, 2, 3].entries()) expect(found[i]).toBeCloseTo(expected(x), 12);
  });

  it("subtracts and divides numbers from either side", async () => {
    expect(await apply((x) => ops.sub(1, x), operand)).toEqual([0.5, -0.5, -1, -2]);
    expect(await apply((x) => ops.div(6, x), operand)).toEqual([12, 4, 3, 2]);
    expect(await apply((x) => ops.div(x, 0.5), operand)).toEqual([1, 3, 4, 6]);
  });

  it("adds and compares whole numbers", async () => {
    expect(await apply((x) => ops.add(x, 1), int64([1, 2]))).toEqual([2, 3]);
    expect(await apply((x) => ops.cast(ops.less(x, 2), "float32"), int64([1, 2]))).toEqual([1, 0]);
  });

  it("compares", async () => {
    const against = float32([1, 2, 3]);
    const as = (f: typeof ops.less) => apply((x) => ops.cast(f(x, 2), "float32"), against);
    expect(await as(ops.less)).toEqual([1, 0, 0]);
    expect(await as(ops.lessOrEqual)).toEqual([1, 1, 0]);
    expect(await as(ops.equal)).toEqual([0, 1, 0]);
    expect(await as(ops.greaterOrEqual)).toEqual([0, 1, 1]);
    expect(await as(ops.greater)).toEqual([0, 0, 1]);
  });
});

describe("gradients against differences", () => {
  it.each([
    ["neg", ops.neg],
    ["exp", ops.exp],
    ["abs", ops.abs],
    ["sign", ops.sign],
    ["sin", ops.sin],
    ["cos", ops.cos],
    ["square", ops.square],
    ["pow 3", (x: Parameters<typeof ops.neg>[0]) => ops.pow(x, 3)],
  ])("%s", (_, f) => checkGradients({ cases: oneShape(), build: ([x]) => f(x!) }));

  it.each([
    ["log", ops.log],
    ["sqrt", ops.sqrt],
    ["pow −½", (x: Parameters<typeof ops.neg>[0]) => ops.pow(x, -0.5)],
  ])("%s of positive numbers", (_, f) =>
    checkGradients({ cases: oneShape(), build: ([x]) => f(x!), range: [0.5, 3] }),
  );

  it.each([
    ["add", ops.add],
    ["sub", ops.sub],
    ["mul", ops.mul],
    ["maximum", ops.maximum],
    ["minimum", ops.minimum],
  ])("%s, each operand broadcast", (_, f) =>
    checkGradients({ cases: broadcastShapes(2), build: ([a, b]) => f(a!, b!) }),
  );

  it("div, each operand broadcast", () =>
    checkGradients({ cases: broadcastShapes(2), build: ([a, b]) => ops.div(a!, b!), range: [0.5, 3] }));

  it("x·x, where both operands are one tensor", () =>
    checkGradients({ cases: oneShape(), build: ([x]) => ops.mul(x!, x!) }));
});

describe("edges", () => {
  const at = async (
    f: (x: ReturnType<typeof ops.neg>, y: ReturnType<typeof ops.neg>) => ReturnType<typeof ops.neg>,
  ) => {
    const g = graph();
    const [x, y] = [g.input("x", "float64", [3]), g.input("y", "float64", [3])];
    const [dx, dy] = gradient(sum(f(x, y)), [x, y]);
    const found = await evaluate({ dx: dx!, dy: dy! }, { x: float64([1, 2, 3]), y: float64([2, 2, 2]) });
    return [Array.from(found.dx!.data, Number), Array.from(found.dy!.data, Number)];
  };

  it("a tie gives half of the gradient to each operand", async () => {
    expect(await at(ops.maximum)).toEqual([
      [0, 0.5, 1],
      [1, 0.5, 0],
    ]);
    expect(await at(ops.minimum)).toEqual([
      [1, 0.5, 0],
      [0, 0.5, 1],
    ]);
  });

  it("stopGradient stops the gradient", async () => {
    const g = graph();
    const x = g.input("x", "float64", [2]);
    const [dx] = gradient(sum(ops.mul(x, ops.stopGradient(x))), [x]);
    expect(Array.from((await evaluate({ dx: dx! }, { x: float64([3, 4]) })).dx!.data, Number)).toEqual([
      3, 4,
    ]);
  });

  it("a cast passes the gradient between float types", async () => {
    const g = graph();
    const x = g.input("x", "float32", [2]);
    const [dx] = gradient(sum(ops.square(ops.cast(x, "float64"))), [x]);
    expect(dx!.dtype).toBe("float32");
    expect(Array.from((await evaluate({ dx: dx! }, { x: float32([3, 4]) })).dx!.data, Number)).toEqual([
      6, 8,
    ]);
  });

  it("names the operator and the shapes that do not fit", () => {
    const g = graph();
    const a = g.input("a", "float32", [2, 3]);
    expect(() => ops.add(a, g.input("b", "float32", [2, 4]))).toThrow(
      "Add: shapes [2,3] and [2,4] do not broadcast",
    );
    expect(() => ops.mul(a, g.input("i", "int64", [3]))).toThrow(
      "Mul: operands differ in type: float32[2,3] and int64[3]",
    );
    expect(() => ops.exp(g.input("k", "int64", [1]))).toThrow("Exp: needs floats, got int64[1]");
    expect(() => ops.add(1, 2)).toThrow("Add: at least one operand must be a tensor");
    expect(() => ops.add(a, graph().input("c", "float32", [3]))).toThrow("Add: c belongs to another graph");
    expect(() => ops.add(ops.less(a, 1), ops.less(a, 2))).toThrow("Add: needs numbers, got bool");
  });
});

import { describe, expect, it } from "vitest";
import { evaluate } from "./check-gradients.fixture.ts";
import { graph } from "./graph.ts";
import { gelu } from "./ops/activation.ts";
import { sum } from "./ops/broadcast.ts";
import { add, exp, mul, neg } from "./ops/elementwise.ts";
import { compile } from "./program.ts";
import { bool, float32, int64, zeros } from "./tensor.ts";

describe("a graph", () => {
  it("keeps equal constants and equal nodes once", () => {
    const g = graph();
    const x = g.input("x", "float32", [2]);
    expect(g.scalar(2)).toBe(g.scalar(2));
    expect(g.scalar(2)).not.toBe(g.scalar(2, "float64"));
    expect(g.constant(float32([1, 2]))).toBe(g.constant(float32([1, 2])));
    expect(g.constant(float32([1, 2]))).not.toBe(g.constant(float32([1, 2], [2, 1])));
    expect(gelu(x).name).toBe(gelu(x).name);
    expect(exp(x).name).not.toBe(exp(neg(x)).name);
  });

  it("keeps a copy of a constant's numbers", async () => {
    const g = graph();
    const data = Float32Array.of(1, 2);
    const y = neg(g.constant(float32(data)));
    data[0] = 50;
    expect(Array.from((await evaluate({ y })).y!.data, Number)).toEqual([-1, -2]);
  });

  it.each([
    ["", "input: a name is not empty and does not start with %"],
    ["%1", "input: a name is not empty and does not start with %"],
    ["x", 'input: "x" exists already'],
  ])("refuses the input name %j", (name, message) => {
    const g = graph();
    g.input("x", "float32", [1]);
    expect(() => g.input(name, "float32", [1])).toThrow(message);
  });

  it.each([[[0]], [[-1, 2]], [[1.5]], [[Number.NaN]]])("refuses the shape %j", (shape) => {
    expect(() => graph().input("x", "float32", shape)).toThrow('input "x": sizes are whole numbers ≥ 1');
  });

  it("refuses numbers that do not fill a shape", () => {
    expect(() => float32([1, 2, 3], [2])).toThrow("3 numbers do not fill float32[2]");
    expect(() => int64([1], [2])).toThrow("1 numbers do not fill int64[2]");
    expect(() => bool([true], [])).not.toThrow();
  });

  it("makes zeros", () => {
    expect(zeros({ dtype: "int64", shape: [2] }).data).toEqual(BigInt64Array.of(0n, 0n));
  });
});

describe("compile", () => {
  const g = graph();
  const [x, unused] = [g.input("x", "float32", [2]), g.input("unused", "float32", [3])];
  const y = add(x, 1);

  it("leaves out what the outputs do not need", () => {
    neg(unused);
    const program = compile({ y });
    expect(program.inputs).toEqual([{ name: "x", dtype: "float32", shape: [2] }]);
    expect(program.idle).toEqual(["unused"]);
    expect(program.outputs).toEqual([{ name: "y", dtype: "float32", shape: [2] }]);
    expect(new TextDecoder("latin1").decode(program.model)).not.toContain("Neg");
  });

  it("gives out inputs, constants and one tensor under two names", async () => {
    const found = await evaluate({ copy: x, y, again: y, constant: g.scalar(7) }, { x: float32([1, 2]) });
    const numbers = Object.fromEntries(
      Object.entries(found).map(([name, { data }]) => [name, Array.from(data, Number)]),
    );
    expect(numbers).toEqual({ copy: [1, 2], y: [2, 3], again: [2, 3], constant: [7] });
  });

  it("refuses names and states that do not fit", () => {
    expect(() => compile({})).toThrow("compile: needs at least one output");
    expect(() => compile({ x: y })).toThrow('compile: "x" can\'t be the name of an output');
    expect(() => compile({ "x'": y }, [{ input: x, next: y }])).toThrow(
      `compile: "x'" can't be the name of an output`,
    );
    expect(() => compile({ y }, [{ input: x, next: sum(y) }])).toThrow(
      "compile: state x is float32[2], its next value float32[]",
    );
    expect(() => compile({ y }, [{ input: y, next: mul(y, 2) }])).toThrow("is not an input");
  });
});

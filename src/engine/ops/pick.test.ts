import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyShape, apply, checkGradients, evaluate, shapeAndAxis } from "../check-gradients.fixture.ts";
import { gradient } from "../gradient.ts";
import { graph, type Tensor } from "../graph.ts";
import { float32, float64, int64, sizeOf } from "../tensor.ts";
import { sum } from "./broadcast.ts";
import { embedding, gather, logProb, scatterAddRows, takeAlong } from "./pick.ts";

/** Indices below `limit` in a shape, some of them likely equal. */
const indicesIn = (shape: number[], limit: number) =>
  fc
    .array(fc.nat(limit - 1), { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
    .map((numbers) => int64(numbers, shape));

const constantOf = (x: Tensor, indices: ReturnType<typeof int64>) => x.graph.constant(indices);

describe("gradients against differences", () => {
  it("gather along any axis, indices repeated", () =>
    checkGradients({
      cases: fc
        .tuple(
          shapeAndAxis,
          anyShape().map((shape) => shape.slice(0, 2)),
        )
        .chain(([{ shapes, axis }, shape]) =>
          indicesIn(shape, shapes[0]!.at(axis)!).map((indices) => ({ shapes, axis, indices })),
        ),
      build: ([x], { axis, indices }) => gather(x!, constantOf(x!, indices), axis),
    }));

  it("scatterAddRows in target and updates", () =>
    checkGradients({
      cases: anyShape(1).chain((shape) =>
        indicesIn([4], shape[0]!).map((indices) => ({ shapes: [shape, [4, ...shape.slice(1)]], indices })),
      ),
      build: ([x, updates], { indices }) => scatterAddRows(x!, constantOf(x!, indices), updates!),
    }));

  it("takeAlong any axis, indices repeated", () =>
    checkGradients({
      cases: fc.tuple(shapeAndAxis, fc.integer({ min: 1, max: 4 })).chain(([{ shapes, axis }, count]) =>
        indicesIn(shapes[0]!.with(axis, count), shapes[0]!.at(axis)!).map((indices) => ({
          shapes,
          axis,
          indices,
        })),
      ),
      build: ([x], { axis, indices }) => takeAlong(x!, constantOf(x!, indices), axis),
    }));

  it("logProb", () =>
    checkGradients({
      cases: anyShape(1).chain((shape) =>
        indicesIn(shape.slice(0, -1), shape.at(-1)!).map((indices) => ({ shapes: [shape], indices })),
      ),
      build: ([x], { indices }) => logProb(x!, constantOf(x!, indices)),
    }));
});

describe("logProb", () => {
  it("is log p of the target, with gradient onehot − p", async () => {
    const g = graph();
    const logits = g.input("logits", "float64", [2, 3]);
    const y = logProb(logits, g.input("targets", "int64", [2]));
    const [dLogits] = gradient(sum(y), [logits]);
    const feeds = { logits: float64([1, 2, 3, 0, 0, 0], [2, 3]), targets: int64([2, 0]) };
    const found = await evaluate({ y, dLogits: dLogits! }, feeds);
    const total = Math.exp(1) + Math.exp(2) + Math.exp(3);
    const p = [1, 2, 3].map((x) => Math.exp(x) / total);
    expect(Number(found.y!.data[0])).toBeCloseTo(Math.log(p[2]!), 12);
    expect(Number(found.y!.data[1])).toBeCloseTo(-Math.log(3), 12);
    const expected = [-p[0]!, -p[1]!, 1 - p[2]!, 2 / 3, -1 / 3, -1 / 3];
    for (const [i, value] of expected.entries())
      expect(Number(found.dLogits!.data[i])).toBeCloseTo(value, 12);
  });

  it("is finite for logits far apart", async () => {
    expect(await apply((x) => logProb(x, x.graph.constant(int64([1], []))), float32([1e4, 0]))).toEqual([
      -1e4,
    ]);
  });
});

describe("values", () => {
  it("embedding takes rows, and their gradients add up", async () => {
    const g = graph();
    const table = g.input("table", "float64", [3, 2]);
    const y = embedding(table, g.constant(int64([2, 0, 2, 2], [2, 2])));
    const [dTable] = gradient(sum(y), [table]);
    const found = await evaluate({ y, dTable: dTable! }, { table: float64([1, 2, 3, 4, 5, 6], [3, 2]) });
    expect(Array.from(found.y!.data, Number)).toEqual([5, 6, 1, 2, 5, 6, 5, 6]);
    expect(Array.from(found.dTable!.data, Number)).toEqual([1, 1, 0, 0, 3, 3]);
  });

  it("takeAlong picks one element for each index", async () => {
    const pick = (x: Tensor) => takeAlong(x, x.graph.constant(int64([1, 0], [2, 1])), 1);
    expect(await apply(pick, float64([1, 2, 3, 4], [2, 2]))).toEqual([2, 3]);
  });
});

it("names what does not fit", () => {
  const g = graph();
  const [x, i, k] = [
    g.input("x", "float32", [2, 3]),
    g.input("i", "int64", [3]),
    g.input("k", "float32", [3]),
  ];
  expect(() => gather(x, k)).toThrow("gather: needs int64, got float32[3]");
  expect(() => embedding(k, i)).toThrow("embedding: needs a table [rows, width], got float32[3]");
  expect(() => takeAlong(x, i, 1)).toThrow("takeAlong: indices int64[3] do not fit float32[2,3]");
  expect(() => logProb(x, i)).toThrow("logProb: indices int64[3,1] do not fit float32[2,3]");
  expect(() => scatterAddRows(x, i, x)).toThrow("scatterAddRows: updates are float32[2,3], expected [3,3]");
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  anyShape,
  apply,
  broadcastShapes,
  checkGradients,
  evaluate,
  shapeAndAxis,
} from "../check-gradients.fixture.ts";
import { gradient } from "../gradient.ts";
import { graph } from "../graph.ts";
import { float64, sizeOf } from "../tensor.ts";
import { broadcastTo, reshape, sum } from "./broadcast.ts";
import { mul, square } from "./elementwise.ts";
import { broadcastShape } from "./operands.ts";
import { concat, pad, slice, split, transpose } from "./shape.ts";

describe("gradients against differences", () => {
  it("reshape", () =>
    checkGradients({
      cases: anyShape().map((shape) => ({ shapes: [shape] })),
      build: ([x]) => reshape(x!, [-1, 1]),
    }));

  it("transpose", () =>
    checkGradients({
      cases: anyShape().chain((shape) =>
        fc.record({
          shapes: fc.constant([shape]),
          order: fc.shuffledSubarray(
            shape.map((_, axis) => axis),
            { minLength: shape.length },
          ),
        }),
      ),
      build: ([x], { order }) => transpose(x!, order),
    }));

  it("broadcastTo", () =>
    checkGradients({
      cases: broadcastShapes(2),
      build: ([x, y]) => broadcastTo(x!, broadcastShape("test", x!.shape, y!.shape)),
    }));

  it("concat", () =>
    checkGradients({
      cases: fc
        .tuple(shapeAndAxis, fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }))
        .map(([{ shapes, axis }, sizes]) => ({
          shapes: sizes.map((size) => shapes[0]!.with(axis, size)),
          axis,
        })),
      build: (inputs, { axis }) => concat(inputs, axis),
    }));

  it("split, with pieces that are used and pieces that are not", () =>
    checkGradients({
      cases: fc
        .tuple(
          shapeAndAxis,
          fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
          fc.nat(2),
        )
        .map(([{ shapes, axis }, sizes, kept]) => ({
          shapes: [
            shapes[0]!.with(
              axis,
              sizes.reduce((a, b) => a + b),
            ),
          ],
          axis,
          sizes,
          kept: kept % sizes.length,
        })),
      build: ([x], { axis, sizes, kept }) => {
        const pieces = split(x!, sizes, axis);
        return mul(square(pieces[kept]!), sum(pieces[0]!));
      },
    }));

  const cuts = shapeAndAxis.chain(({ shapes, axis }) =>
    fc
      .tuple(fc.nat(shapes[0]!.at(axis)! - 1), fc.nat(2))
      .map(([start, length]) => ({ shapes, axis, start, end: start + 1 + length })),
  );
  it("slice", () =>
    checkGradients({ cases: cuts, build: ([x], { axis, start, end }) => slice(x!, axis, start, end) }));

  it("pad", () =>
    checkGradients({ cases: cuts, build: ([x], { axis, start, end }) => pad(x!, axis, start, end - start) }));
});

describe("values", () => {
  const x = float64([1, 2, 3, 4, 5, 6], [2, 3]);

  it("moves, cuts and joins numbers", async () => {
    expect(await apply((t) => transpose(t), x)).toEqual([1, 4, 2, 5, 3, 6]);
    expect(await apply((t) => slice(t, 1, -2), x)).toEqual([2, 3, 5, 6]);
    expect(await apply((t) => slice(t, 0, 0, -1), x)).toEqual([1, 2, 3]);
    expect(await apply((t) => split(t, [1, 2], -1)[1]!, x)).toEqual([2, 3, 5, 6]);
    expect(await apply((t) => concat([t, t], 0), x)).toEqual([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
    expect(await apply((t) => pad(t, 0, 1, 0), x)).toEqual([0, 0, 0, 1, 2, 3, 4, 5, 6]);
    expect(await apply((t) => broadcastTo(t, [2, 2, 3]), x)).toEqual([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
  });

  it("a piece of a split that nothing uses has gradient zero", async () => {
    const g = graph();
    const t = g.input("t", "float64", [2, 3]);
    const [dt] = gradient(sum(split(t, [1, 2], 1)[1]!), [t]);
    expect(Array.from((await evaluate({ dt: dt! }, {})).dt!.data, Number)).toEqual([0, 1, 1, 0, 1, 1]);
  });

  it("leaves a tensor alone where there is nothing to do", () => {
    const t = graph().input("t", "float32", [2, 3]);
    expect([
      reshape(t, [2, -1]),
      transpose(t, [0, 1]),
      slice(t, 0, 0),
      pad(t, 0, 0, 0),
      broadcastTo(t, [2, 3]),
    ]).toEqual(Array(5).fill(t));
    expect(concat([t], 0)).toBe(t);
    expect(split(t, [2], 0)).toEqual([t]);
  });

  it("a reshape keeps the size", () => {
    fc.assert(
      fc.property(anyShape(), (shape) => {
        const t = graph().input("t", "float32", shape);
        expect(reshape(t, [-1]).shape).toEqual([sizeOf(shape)]);
      }),
    );
  });
});

describe("what does not fit", () => {
  const t = graph().input("t", "float32", [2, 3]);
  it.each([
    [() => reshape(t, [4, -1]), "reshape: float32[2,3] does not fit [4,-1]"],
    [() => reshape(t, [5]), "reshape: float32[2,3] does not fit [5]"],
    [() => transpose(t, [0, 0]), "transpose: [0,0] is no order of the axes of float32[2,3]"],
    [() => transpose(reshape(t, [6])), "transpose: needs two axes or more, got float32[6]"],
    [() => broadcastTo(t, [2, 1]), "broadcastTo: float32[2,3] does not stretch to [2,1]"],
    [() => broadcastTo(t, [4, 3]), "broadcastTo: shapes [2,3] and [4,3] do not broadcast"],
    [() => concat([t, transpose(t)], 0), "concat: float32[2,3] and float32[3,2] do not fit along axis 0"],
    [() => concat([], 0), "concat: needs at least one tensor"],
    [() => split(t, [1, 1], 1), "split: sizes 1+1 do not fill axis 1 of float32[2,3]"],
    [() => split(t, [3, 0], 1), "split: sizes 3+0 do not fill axis 1 of float32[2,3]"],
    [() => slice(t, 1, 2, 1), "slice: 2…1 is no range of axis 1 of float32[2,3]"],
    [() => slice(t, 2, 0), "slice: axis 2 does not exist in float32[2,3]"],
    [() => pad(t, 0, -1, 0), "pad: needs whole numbers ≥ 0, got -1 and 0"],
  ])("%#", (build, message) => expect(build).toThrow(message));
});

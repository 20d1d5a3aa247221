import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { apply, broadcastShapes, checkGradients, evaluate, oneShape } from "../check-gradients.fixture.ts";
import { gradient } from "../gradient.ts";
import { graph } from "../graph.ts";
import { bool, float64, sizeOf } from "../tensor.ts";
import { sum } from "./broadcast.ts";
import { cast, greater } from "./elementwise.ts";
import { and, clip, not, or, where } from "./select.ts";

describe("gradients against differences", () => {
  it("where, condition and both branches broadcast", () =>
    checkGradients({
      cases: broadcastShapes(3).chain(({ shapes: [condition, ...shapes] }) =>
        fc
          .array(fc.boolean(), { minLength: sizeOf(condition!), maxLength: sizeOf(condition!) })
          .map((truth) => ({ shapes, condition: bool(truth, condition!) })),
      ),
      build: ([yes, no], { condition }) => where(yes!.graph.constant(condition), yes!, no!),
    }));

  it("where on a condition made of the operand", () =>
    checkGradients({ cases: oneShape(), build: ([x]) => where(greater(x!, 0), x!, 0) }));

  it("clip", () => checkGradients({ cases: oneShape(), build: ([x]) => clip(x!, -1, 1) }));
});

describe("values", () => {
  it("chooses", async () => {
    expect(await apply((x) => where(greater(x, 2), x, -1), float64([1, 2, 3]))).toEqual([-1, -1, 3]);
    expect(await apply((x) => where(greater(x, 2), 1, 0), float64([1, 2, 3]))).toEqual([0, 0, 1]);
  });

  it("combines truth values", async () => {
    const x = float64([1, 2, 3, 4]);
    const as = (
      f: (low: ReturnType<typeof greater>, high: ReturnType<typeof greater>) => ReturnType<typeof greater>,
    ) => apply((t) => cast(f(greater(t, 1), greater(t, 3)), "float32"), x);
    expect(await as(and)).toEqual([0, 0, 0, 1]);
    expect(await as(or)).toEqual([0, 1, 1, 1]);
    expect(await as((low) => not(low))).toEqual([1, 0, 0, 0]);
  });

  it("clip passes the gradient inside and on its bounds", async () => {
    const g = graph();
    const x = g.input("x", "float64", [5]);
    const y = clip(x, -1, 1);
    const [dx] = gradient(sum(y), [x]);
    const found = await evaluate({ y, dx: dx! }, { x: float64([-2, -1, 0, 1, 2]) });
    expect(Array.from(found.y!.data, Number)).toEqual([-1, -1, 0, 1, 1]);
    expect(Array.from(found.dx!.data, Number)).toEqual([0, 1, 1, 1, 0]);
  });

  it("names what does not fit", () => {
    const g = graph();
    const x = g.input("x", "float32", [2]);
    expect(() => where(x, x, x)).toThrow("where: needs bool, got float32[2]");
    expect(() => and(x, x)).toThrow("And: needs bool, got float32[2]");
    expect(() => not(x)).toThrow("Not: needs bool, got float32[2]");
  });
});

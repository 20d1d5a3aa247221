import fc from "fast-check";
import { expect, it } from "vitest";
import { apply, checkGradients } from "../check-gradients.fixture.ts";
import { graph } from "../graph.ts";
import { float64 } from "../tensor.ts";
import { rotary } from "./rotary.ts";

it("has the gradient of differences, angles broadcast over batch and heads", () =>
  checkGradients({
    cases: fc
      .tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 }))
      .map(([heads, length, half]) => ({ shapes: [[heads, length, 2 * half]], length, half })),
    build: ([x], { length, half }) => {
      const angles = Float64Array.from({ length: length * half }, (_, i) => 0.3 * i + 0.1);
      const [cosine, sine] = [Math.cos, Math.sin].map((f) =>
        x!.graph.constant(float64(angles.map(f), [length, half])),
      );
      return rotary(x!, cosine!, sine!);
    },
  }));

it("turns a pair by its angle", async () => {
  const angle = Math.PI / 6;
  const turn = (x: Parameters<typeof rotary>[0]) =>
    rotary(x, x.graph.constant(float64([Math.cos(angle)])), x.graph.constant(float64([Math.sin(angle)])));
  const [left, right] = await apply(turn, float64([2, 0]));
  expect(left).toBeCloseTo(Math.sqrt(3), 12);
  expect(right).toBeCloseTo(1, 12);
});

it("names angles that do not fit", () => {
  const g = graph();
  const [x, angle] = [g.input("x", "float32", [4, 6]), g.input("angle", "float32", [4, 2])];
  expect(() => rotary(x, angle, angle)).toThrow(
    "rotary: float32[4,6] does not fit angles float32[4,2] and float32[4,2]",
  );
});

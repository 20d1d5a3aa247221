import fc from "fast-check";
import { expect } from "vitest";
import { createRandom } from "../stats/random.ts";
import { gradient } from "./gradient.ts";
import { graph, type Tensor } from "./graph.ts";
import { sum } from "./ops/broadcast.ts";
import { mul } from "./ops/elementwise.ts";
import { compile } from "./program.ts";
import { Session } from "./session.ts";
import { float32, float64, type Shape, sizeOf, type Value } from "./tensor.ts";

/** Computes tensors of a graph in a session of their own. */
export async function evaluate(
  outputs: Record<string, Tensor>,
  feeds: Record<string, Value> = {},
): Promise<Record<string, Value>> {
  const session = await Session.open(compile(outputs), { threads: 1 });
  try {
    return await session.run(feeds);
  } finally {
    await session.dispose();
  }
}

/** The result of a function of tensors, given numbers. */
export async function apply(f: (...inputs: Tensor[]) => Tensor, ...values: Value[]): Promise<number[]> {
  const g = graph();
  const { y } = await evaluate({ y: f(...values.map((value) => g.constant(value))) });
  return Array.from(y!.data as Float64Array, Number);
}

export type Rule<Case> = {
  /** A random instance of the operator: shapes of its inputs, and whatever else it needs. */
  cases: fc.Arbitrary<Case & { shapes: readonly Shape[] }>;
  build: (inputs: Tensor[], instance: Case) => Tensor;
  /** Inputs are uniform in this range. */
  range?: readonly [number, number];
  dtype?: "float32" | "float64";
  /** Largest difference, relative to 1 + |gradient|. */
  tolerance?: number;
};

/**
 * Compares the gradient of Σ w·f(x), for random weights w, with central differences in each element of each input. Many
 * random instances share one session: they are independent, so that one run moves one element of each.
 */
export async function checkGradients<Case>(rule: Rule<Case>): Promise<void> {
  const batch = fc.array(rule.cases, { minLength: 8, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(batch, fc.integer(), (cases, seed) => compareWithDifferences(rule, cases, seed)),
    { numRuns: 2 },
  );
}

async function compareWithDifferences<Case>(
  {
    build,
    range: [low, high] = [-2, 2],
    dtype = "float64",
    tolerance = dtype === "float64" ? 1e-7 : 2e-3,
  }: Rule<Case>,
  cases: readonly (Case & { shapes: readonly Shape[] })[],
  seed: number,
): Promise<void> {
  const random = createRandom(seed);
  const g = graph();
  const feeds: Record<string, Value> = {};
  const outputs: Record<string, Tensor> = {};
  const drawn = (shape: Shape) =>
    Float64Array.from({ length: sizeOf(shape) }, () => low + (high - low) * random.uniform());
  const make = dtype === "float64" ? float64 : float32;
  for (const [c, instance] of cases.entries()) {
    const inputs = instance.shapes.map((shape, i) => {
      feeds[`x${c}.${i}`] = make(drawn(shape), shape);
      return g.input(`x${c}.${i}`, dtype, shape);
    });
    const y = build(inputs, instance);
    outputs[`y${c}`] = sum(mul(y, g.constant(make(drawn(y.shape), y.shape))));
    for (const [i, dx] of gradient(outputs[`y${c}`]!, inputs).entries()) outputs[`d${c}.${i}`] = dx;
  }
  const session = await Session.open(compile(outputs), { threads: 1 });
  try {
    const found = await session.run(feeds);
    const step = dtype === "float64" ? 1e-5 : 1e-2;
    const inputCount = Math.max(...cases.map(({ shapes }) => shapes.length));
    for (let i = 0; i < inputCount; i++) {
      const sizes = cases.map(({ shapes }) => (shapes[i] === undefined ? 0 : sizeOf(shapes[i])));
      for (let element = 0; element < Math.max(...sizes); element++) {
        const moved = async (by: number) => {
          const near = { ...feeds };
          for (const [c, size] of sizes.entries()) {
            const value = feeds[`x${c}.${i}`];
            if (element >= size || value === undefined) continue;
            const data = (value.data as Float64Array).slice();
            data[element]! += by;
            near[`x${c}.${i}`] = { ...value, data } as Value;
          }
          return session.run(near);
        };
        const [up, down] = [await moved(step), await moved(-step)];
        for (const [c, size] of sizes.entries()) {
          if (element >= size) continue;
          const difference = (Number(up[`y${c}`]!.data[0]) - Number(down[`y${c}`]!.data[0])) / (2 * step);
          const exact = Number(found[`d${c}.${i}`]!.data[element]);
          expect(
            Math.abs(exact - difference),
            `case ${c}, input ${i}, element ${element}: ${exact}, by differences ${difference}`,
          ).toBeLessThan(tolerance * (1 + Math.abs(difference)));
        }
      }
    }
  } finally {
    await session.dispose();
  }
}

/** Shapes of rank `minRank`…3 with sizes 1…3. */
export const anyShape = (minRank = 0): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 1, max: 3 }), { minLength: minRank, maxLength: 3 });

/** `count` shapes that broadcast together: a common one, with axes set to 1 and leading ones left out. */
export const broadcastShapes = (count: number): fc.Arbitrary<{ shapes: number[][] }> =>
  anyShape().chain((common) =>
    fc.record({
      shapes: fc.tuple(
        ...Array.from({ length: count }, () =>
          fc
            .tuple(
              fc.array(fc.boolean(), { minLength: common.length, maxLength: common.length }),
              fc.nat(common.length),
            )
            .map(([ones, dropped]) => common.map((size, axis) => (ones[axis] ? 1 : size)).slice(dropped)),
        ),
      ) as fc.Arbitrary<number[][]>,
    }),
  );

export const oneShape = (minRank = 0): fc.Arbitrary<{ shapes: number[][] }> =>
  anyShape(minRank).map((shape) => ({ shapes: [shape] }));

/** A shape of rank ≥ 1 and one of its axes, counted from either end. */
export const shapeAndAxis: fc.Arbitrary<{ shapes: number[][]; axis: number }> = anyShape(1).chain((shape) =>
  fc.record({
    shapes: fc.constant([shape]),
    axis: fc.integer({ min: -shape.length, max: shape.length - 1 }),
  }),
);

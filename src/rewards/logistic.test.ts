import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandom } from "../stats/random.ts";
import { bradleyTerryLoss, fitBradleyTerry } from "./logistic.ts";
import { type SparseVector, stack, subtract } from "./sparse.ts";

const vector = (...values: number[]): SparseVector => {
  const indices = Int32Array.from(values.keys()).filter((i) => values[i] !== 0);
  return { indices, values: Float64Array.from(indices, (i) => values[i]!) };
};
const rowsOf = (...rows: number[][]) => stack(rows.map((row) => vector(...row))).rows;

function randomRows(seed: number, pairs: number, columns: number): number[][] {
  const random = createRandom(seed);
  return Array.from({ length: pairs }, () =>
    Array.from({ length: columns }, () => (random.uniform() < 0.3 ? 0 : random.normal())),
  );
}

describe("the Bradley–Terry loss", () => {
  test("has the gradient that finite differences give", () => {
    const random = createRandom(3);
    const loss = bradleyTerryLoss({
      differences: rowsOf(...randomRows(1, 12, 5)),
      margins: Float64Array.from({ length: 12 }, () => random.uniform()),
      counts: Float64Array.from({ length: 12 }, () => random.uniform()),
      penalties: Float64Array.of(1, 0, 2, 1, 1),
      use: [0, 1, 2, 4, 5, 7, 8, 9, 11],
      l2: 0.3,
    });
    const x = Float64Array.from({ length: 5 }, () => random.normal());
    const gradient = new Float64Array(5);
    const ignored = new Float64Array(5);
    loss(x, gradient);
    for (let j = 0; j < 5; j++) {
      const at = (step: number) =>
        loss(
          x.map((xi, i) => (i === j ? xi + step : xi)),
          ignored,
        );
      expect(gradient[j]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 8);
    }
  });

  test("sees only differences: what both responses share cancels", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 3, maxLength: 3 }),
        (shift) => {
          const [a, b] = [
            [1, 0, 2],
            [0, 3, 1],
          ];
          const moved = subtract(
            vector(...a!.map((value, i) => value + shift[i]!)),
            vector(...b!.map((value, i) => value + shift[i]!)),
          );
          const dense = new Float64Array(3);
          moved.indices.forEach((index, k) => {
            dense[index] = moved.values[k]!;
          });
          for (const [i, value] of [1, -3, 1].entries()) expect(dense[i]).toBeCloseTo(value, 9);
        },
      ),
    );
  });

  test("refuses a fit on nothing", () => {
    expect(() => bradleyTerryLoss({ differences: rowsOf([1]), use: [], l2: 1 })).toThrow("at least one pair");
  });
});

describe("the fit", () => {
  test("of one feature that wins 3 of 4 times is log 3", () => {
    const { x } = fitBradleyTerry({ differences: rowsOf([1], [1], [1], [-1]), l2: 0 }, { tolerance: 1e-12 });
    expect(x[0]).toBeCloseTo(Math.log(3), 9);
  });

  test("counts weights as copies", () => {
    const { x } = fitBradleyTerry(
      { differences: rowsOf([1], [-1]), counts: Float64Array.of(3, 1), l2: 0 },
      { tolerance: 1e-12 },
    );
    expect(x[0]).toBeCloseTo(Math.log(3), 9);
  });

  test("adds a margin that all pairs have", () => {
    const { x } = fitBradleyTerry(
      { differences: rowsOf([1], [1], [1], [1]), margins: new Float64Array(4).fill(0.5), l2: 0.1 },
      { tolerance: 1e-12 },
    );
    // stationary: λθ = σ(m − θ)
    expect(0.1 * x[0]!).toBeCloseTo(1 / (1 + Math.exp(x[0]! - 0.5)), 9);
  });

  test("with a penalty is stationary and unique, whatever the order of the pairs and the start", () => {
    const rows = randomRows(5, 40, 6);
    const order = createRandom(7).shuffle([...rows.keys()]);
    const solve = (rows: number[][], start: number) =>
      fitBradleyTerry(
        { differences: rowsOf(...rows), l2: 0.01 },
        { tolerance: 1e-10, start: new Float64Array(6).fill(start) },
      );
    const [one, two] = [
      solve(rows, 0),
      solve(
        order.map((i) => rows[i]!),
        3,
      ),
    ];
    expect(one.converged && two.converged).toBe(true);
    for (const [j, weight] of one.x.entries()) expect(two.x[j]).toBeCloseTo(weight, 6);
  });

  test("leaves an unpenalised column free", () => {
    const problem = { differences: rowsOf([1, 1], [1, 1], [-1, -1], [1, 1]), l2: 10 };
    const { x } = fitBradleyTerry({ ...problem, penalties: Float64Array.of(0, 1) }, { tolerance: 1e-12 });
    expect(x[0]).toBeCloseTo(Math.log(3), 6);
    expect(x[1]).toBeCloseTo(0, 6);
  });
});

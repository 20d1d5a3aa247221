import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batches, batchOf, oneGroup, reorder, reordered } from "./batch.fixture.ts";
import { gdpoUtility } from "./gdpo.ts";

const both = [{ value: "a" }, { value: "b", weight: 0.5 }];
const utility = gdpoUtility(both);

describe("by hand", () => {
  test("two prompts, two values", () => {
    // a: ±1 in units of std 1 and 3; b: ∓1 in std 5, and no spread. ε = 1e-4 stands in every divisor
    const u = utility.utilities(
      batchOf(
        [
          [0, 2, 1, 7],
          [10, 0, 4, 4],
        ],
        2,
      ),
    );
    const [one, three, five] = [1 / (1 + 1e-4), 3 / (3 + 1e-4), 5 / (5 + 1e-4)];
    const sums = [-one + 0.5 * five, one - 0.5 * five, -three, three];
    const std = Math.sqrt(sums.reduce((sum, a) => sum + a * a, 0) / 4);
    for (const [i, value] of u.entries()) expect(value).toBeCloseTo(sums[i]! / (std + 1e-4), 12);
  });

  test("what tells it from normalising the sum: values of unlike scale count alike", () => {
    // a varies a thousand times more than b, and the two disagree
    const u = gdpoUtility([{ value: "a" }, { value: "b" }]).utilities(
      oneGroup([
        [0, 1000, 0, 1000],
        [1, 0, 0, 1],
      ]),
    );
    expect(u[3]).toBeGreaterThan(1);
    expect(u[2]).toBeLessThan(-1);
    expect(Math.abs(u[0]! - u[1]!)).toBeLessThan(2e-3);
  });
});

describe("for any batch", () => {
  test("finite up to 1e6, mean 0, spread at most 1", () => {
    fc.assert(
      fc.property(batches(1e6), (drawn) => {
        const u = utility.utilities(drawn);
        expect(u.every(Number.isFinite)).toBe(true);
        const mean = u.reduce((sum, each) => sum + each, 0) / u.length;
        expect(Math.abs(mean)).toBeLessThan(1e-9);
        expect(u.reduce((sum, each) => sum + each * each, 0) / u.length).toBeLessThanOrEqual(1 + 1e-9);
      }),
    );
  });

  test("follows its rollouts, and does not see a shift of a whole group", () => {
    const order = [1, 3, 2, 0];
    fc.assert(
      fc.property(batches(10), fc.double({ min: -50, max: 50, noNaN: true }), (drawn, shift) => {
        const u = utility.utilities(drawn);
        const expected = reorder(u, order);
        for (const [i, value] of utility.utilities(reordered(drawn, order)).entries())
          expect(value).toBeCloseTo(expected[i]!, 7);
        const moved = {
          ...drawn,
          rewards: drawn.rewards.map((column) => column.map((r, i) => (i < drawn.n ? r + shift : r))),
        };
        for (const [i, value] of utility.utilities(moved).entries()) expect(value).toBeCloseTo(u[i]!, 7);
      }),
    );
  });
});

test("no spread anywhere gives 0; a group of one and other columns are refused", () => {
  expect([
    ...utility.utilities(
      batchOf(
        [
          [0.1, 0.1, 0.1, 0.1],
          [3, 3, 3, 3],
        ],
        2,
      ),
    ),
  ]).toEqual([0, 0, 0, 0]);
  expect(() =>
    utility.utilities(
      batchOf(
        [
          [1, 2],
          [1, 2],
        ],
        1,
      ),
    ),
  ).toThrow("at least 2 responses");
  expect(() => utility.utilities(oneGroup([[1, 2]]))).toThrow("2 values was given 1 reward columns");
});

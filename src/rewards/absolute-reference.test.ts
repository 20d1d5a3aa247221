import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sigmoid } from "../objective/index.ts";
import { createRandom } from "../stats/random.ts";
import { fitAbsoluteReference } from "./absolute-reference.ts";

/** Labels drawn with P(good) = σ((r − reference)/temperature). */
function labelled(n: number, reference: number, temperature: number, seed: number) {
  const random = createRandom(seed);
  const rewards = Array.from({ length: n }, () => 4 * random.uniform() - 2);
  return { rewards, good: rewards.map((r) => random.uniform() < sigmoid((r - reference) / temperature)) };
}

describe("an absolute reference", () => {
  test("is found again from labels that were drawn by it", () => {
    const { rewards, good } = labelled(40_000, 0.7, 0.4, 3);
    const found = fitAbsoluteReference(rewards, good)!;
    expect(found.reference).toBeCloseTo(0.7, 1);
    expect(found.temperature).toBeCloseTo(0.4, 1);
  });

  test("lies in the closed form's place where there are two rewards", () => {
    // at r = 0: 1 of 4 good; at r = 1: 3 of 4. Targets: good 5/6, not good 1/6, so P = (5/6 + 3/6)/4 = 1/3 and 2/3
    const rewards = [0, 0, 0, 0, 1, 1, 1, 1];
    const good = [true, false, false, false, true, true, true, false];
    const { reference, temperature } = fitAbsoluteReference(rewards, good)!;
    expect(reference).toBeCloseTo(0.5, 6);
    expect(sigmoid((0 - reference) / temperature)).toBeCloseTo(1 / 3, 6);
    expect(sigmoid((1 - reference) / temperature)).toBeCloseTo(2 / 3, 6);
  });

  test("moves with a shift of the rewards, and scales with them", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -50, max: 50, noNaN: true }),
        fc.double({ min: 0.1, max: 20, noNaN: true }),
        fc.integer({ min: 1, max: 1000 }),
        (shift, scale, seed) => {
          const { rewards, good } = labelled(60, 0.3, 0.5, seed);
          const plain = fitAbsoluteReference(rewards, good)!;
          const moved = fitAbsoluteReference(
            rewards.map((r) => scale * r + shift),
            good,
          )!;
          expect(moved.temperature / scale).toBeCloseTo(plain.temperature, 4);
          expect((moved.reference - shift) / scale).toBeCloseTo(plain.reference, 4);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("stays finite where the rewards part the labels, or every label is the same", () => {
    const parted = fitAbsoluteReference([0, 1, 2, 3], [false, false, true, true])!;
    expect(parted.reference).toBeCloseTo(1.5, 6);
    expect(parted.temperature).toBeGreaterThan(0);
    // nothing to learn a slope from
    expect(fitAbsoluteReference([0, 1, 2, 3], [true, true, true, true])).toBeUndefined();
  });

  test("does not exist where better rewards are less often good", () => {
    expect(fitAbsoluteReference([0, 1, 2, 3], [true, true, false, false])).toBeUndefined();
  });

  test("says what is wrong with its input", () => {
    expect(() => fitAbsoluteReference([], [])).toThrow("0 rewards");
    expect(() => fitAbsoluteReference([1], [true, false])).toThrow("1 rewards and 2 labels");
    expect(() => fitAbsoluteReference([1, 1], [true, false])).toThrow("not all the same");
    expect(() => fitAbsoluteReference([1, Number.NaN], [true, false])).toThrow("finite");
  });
});

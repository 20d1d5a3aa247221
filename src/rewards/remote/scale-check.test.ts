import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sigmoid } from "../../objective/index.ts";
import { scaleWarnings } from "./scale-check.ts";

const logits = [-3.1, 2.2, 0.4, -0.7, 1.9, 0.1, -1.4, 3.3, 0.8];

describe("scaleWarnings", () => {
  test("says nothing of logits, or of a few numbers", () => {
    expect(scaleWarnings(logits)).toEqual([]);
    expect(scaleWarnings([0.1, 0.2])).toEqual([]);
    expect(scaleWarnings([])).toEqual([]);
  });

  test("says that rewards went through a sigmoid", () => {
    expect(scaleWarnings(logits.map(sigmoid))).toEqual([
      expect.stringMatching(/within 0 and 1.*use_activation/),
    ]);
    fc.assert(
      fc.property(fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 8 }), (rewards) => {
        expect(scaleWarnings(rewards.map(sigmoid))).toHaveLength(1);
      }),
    );
  });

  test("says that rewards lie far from 0", () => {
    expect(scaleWarnings(logits.map((reward) => reward + 65))).toEqual([
      expect.stringMatching(/around 65\.4/),
    ]);
    expect(scaleWarnings(logits.map((reward) => 30 * reward + 20))).toEqual([]);
  });

  test("says that all are the same", () => {
    expect(scaleWarnings(new Float64Array(20).fill(1))).toEqual([
      expect.stringMatching(/every reward is 1:/),
    ]);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { promptHash } from "../preferences/index.ts";
import { fitCommittee, memberLogOdds, mutualInformation } from "./disagreement.ts";
import { makePairs } from "./pairs.fixture.ts";

const logit = (p: number) => Math.log(p / (1 - p));
const information = (...p: number[]) => mutualInformation(p.map(logit));

describe("mutualInformation", () => {
  test("worked by hand", () => {
    // H(0.5) − H(0.9) = 0.693147 − 0.325083
    expect(information(0.9, 0.1)).toBeCloseTo(0.368064, 6);
    // H(0.7) − (H(0.5) + H(0.9))/2 = 0.610864 − 0.509115
    expect(information(0.5, 0.9)).toBeCloseTo(0.101749, 6);
  });

  test("0 where members agree, however unsure; ln 2 where they are certain of opposite answers", () => {
    expect(information(0.5, 0.5, 0.5)).toBe(0);
    expect(information(0.8, 0.8)).toBeCloseTo(0, 12);
    expect(mutualInformation([1e6, -1e6])).toBeCloseTo(Math.LN2, 12);
    expect(mutualInformation([1e6, 1e6])).toBe(0);
  });

  test("is the mutual information of the joint distribution of member and answer", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 0.99, noNaN: true }), { minLength: 1, maxLength: 6 }),
        (p) => {
          const n = p.length;
          const wins = p.reduce((sum, x) => sum + x / n, 0);
          const joint = p.flatMap((x) => [
            (x / n) * Math.log(x / wins),
            ((1 - x) / n) * Math.log((1 - x) / (1 - wins)),
          ]);
          expect(information(...p)).toBeCloseTo(
            joint.reduce((sum, x) => sum + x, 0),
            10,
          );
        },
      ),
    );
  });

  test("lies in [0, ln 2], the same whichever response comes first", () => {
    const logOdds = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(logOdds, (z) => {
        const found = mutualInformation(z);
        expect(found).toBeGreaterThanOrEqual(0);
        expect(found).toBeLessThanOrEqual(Math.LN2 + 1e-12);
        expect(mutualInformation(z.map((x) => -x))).toBeCloseTo(found, 10);
      }),
    );
  });

  test("needs a member", () => {
    expect(() => mutualInformation([])).toThrow(RangeError);
  });
});

test("a committee differs where the pairs say little, agrees where they say much, and is the same for a seed", async () => {
  const pairs = makePairs(60).map((pair) => ({ ...pair, promptHash: promptHash(pair.prompt) }));
  const fitWith = (seed: number) => fitCommittee(pairs, { value: "helpful", members: 4, l2: 0.01, seed });
  const committee = await fitWith(1);
  const weights = committee.map(({ model }) => (model as unknown as { weights: Float32Array }).weights);
  expect(new Set(weights.map((w) => w.join())).size).toBe(4);
  const prompt = pairs[0]!.prompt;
  const responses = ["river stone kindly paper", "river stone grumpy paper", "garden copper bridge"];
  const rows = await memberLogOdds(committee, prompt, responses);
  expect([...rows[0]!]).toEqual([0, 0, 0, 0]);
  const informationOf = (i: number, j: number) => mutualInformation(rows[i]!.map((z, m) => z - rows[j]![m]!));
  // all members know that kindly beats grumpy
  expect(rows[1]!.every((z) => z < 0)).toBe(true);
  const unknown = await memberLogOdds(committee, prompt, [
    "garden copper winter",
    "market bridge signal signal",
  ]);
  expect(mutualInformation(unknown[1]!)).toBeGreaterThan(informationOf(0, 1));
  const again = await memberLogOdds(await fitWith(1), prompt, responses);
  expect(again).toEqual(rows);
});

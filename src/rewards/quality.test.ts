import { describe, expect, test } from "vitest";
import { type JudgedPair, lengthDirection, rewardQuality } from "./quality.ts";

const pair = (
  promptHash: string,
  difference: number,
  chosenLength: number,
  rejectedLength: number,
): JudgedPair => ({
  promptHash,
  difference,
  chosenLength,
  rejectedLength,
});
const pairs = [
  pair("a", 1, 100, 50),
  pair("a", -1, 40, 80),
  pair("b", 0, 100, 100),
  pair("c", 2, 105, 100),
  pair("d", 3, 10, 90),
];
const quality = rewardQuality(pairs, "longer", { seed: 1 });

describe("reward quality", () => {
  test("counts a tie half, for the reward and for length", () => {
    expect(quality.heldOut).toMatchObject({ pairs: 5, prompts: 4, accuracy: 3.5 / 5 });
    expect(quality.lengthBaseline).toMatchObject({ direction: "longer", accuracy: 2.5 / 5 });
    expect(quality.overLength.value).toBeCloseTo(0.2, 12);
  });

  test("has intervals that hold the estimate and follow the seed", () => {
    const { accuracy, ci95 } = quality.heldOut;
    expect(ci95[0]).toBeLessThanOrEqual(accuracy);
    expect(ci95[1]).toBeGreaterThanOrEqual(accuracy);
    expect(rewardQuality(pairs, "longer", { seed: 1 })).toEqual(quality);
  });

  test("is split by length", () => {
    const stratum = (label: string) => quality.lengthStrata.find((stratum) => stratum.label === label);
    expect(stratum("within 10 %")).toMatchObject({ pairs: 2, accuracy: 0.75, lengthAccuracy: 0.75 });
    expect(stratum("longer was chosen")).toMatchObject({ pairs: 2, accuracy: 1, lengthAccuracy: 1 });
    expect(stratum("shorter was chosen")).toMatchObject({ pairs: 2, accuracy: 0.5, lengthAccuracy: 0 });
    const thirds = ["most alike third", "middle third", "least alike third"].map(
      (label) => stratum(label)?.pairs ?? 0,
    );
    expect(thirds.reduce((a, b) => a + b)).toBe(5);
  });

  test("says whether the longer response is preferred", () => {
    // of four unequal pairs the model scores the longer one higher in a (100>50), a (80>40) and c
    expect(quality.prefersLonger).toEqual({ model: 3 / 4, people: 2 / 4 });
    expect(rewardQuality([pair("a", 1, 5, 5)], "longer", { seed: 1 }).prefersLonger).toBeNull();
  });

  test("takes the direction of length from other pairs", () => {
    expect(lengthDirection(pairs)).toBe("longer");
    expect(lengthDirection([pair("a", 0, 1, 2)])).toBe("shorter");
    expect(rewardQuality(pairs, "shorter", { seed: 1 }).lengthBaseline.accuracy).toBe(2.5 / 5);
  });
});

import { describe, expect, test } from "vitest";
import { klControl } from "./kl-control.ts";

describe("with a target", () => {
  test("one step, by hand, held at ±20 %", () => {
    const steps: [kl: number, expected: number][] = [
      [10, 2],
      [11, 2 * (1 + 0.5 * 0.1)],
      [9, 2 * (1 - 0.5 * 0.1)],
      [1000, 2 * (1 + 0.5 * 0.2)],
      [0, 2 * (1 - 0.5 * 0.2)],
    ];
    for (const [kl, expected] of steps) {
      const control = klControl(2, { target: 10, rate: 0.5 });
      control.observe(kl);
      expect(control.weight).toBeCloseTo(expected, 12);
    }
  });

  test.each([0.001, 0.5, 100])(
    "from %s, it settles where the KL is the target, if the KL is c/weight",
    (start) => {
      const [c, target] = [3, 6];
      const control = klControl(start, { target });
      for (let step = 0; step < 1500; step++) control.observe(c / control.weight);
      expect(control.weight).toBeCloseTo(c / target, 6);
    },
  );

  test("restored, it goes on as if never stopped", () => {
    const [whole, first, second] = [0, 1, 2].map(() => klControl(1, { target: 4 }));
    for (const kl of [9, 3, 5]) whole!.observe(kl);
    first!.observe(9);
    second!.restore(first!.weight);
    for (const kl of [3, 5]) second!.observe(kl);
    expect(second!.weight).toBe(whole!.weight);
  });
});

test("without a target it stays, 0 included", () => {
  for (const weight of [0, 0.3]) {
    const control = klControl(weight);
    for (const kl of [0, 5, 1e6]) control.observe(kl);
    expect(control.weight).toBe(weight);
  }
});

test("numbers out of their range are refused", () => {
  for (const weight of [-1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => klControl(weight)).toThrow("KL weight");
  for (const target of [0, -1, Number.NaN]) expect(() => klControl(1, { target })).toThrow("target KL");
  expect(() => klControl(0, { target: 1 })).toThrow("starts above 0");
  expect(() => klControl(1).restore(Number.NaN)).toThrow("KL weight");
});

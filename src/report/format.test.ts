import fc from "fast-check";
import { expect, test } from "vitest";
import { decimal, percent, signed, signedInterval, whole, withInterval } from "./format.ts";

test("numbers have one form", () => {
  expect([
    decimal(0.634),
    decimal(-1.2),
    decimal(-0.0001),
    decimal(0),
    decimal(1234567),
    decimal(3e-9),
  ]).toEqual(["0.63", "−1.20", "0.00", "0.00", "1.2e+6", "3.0e-9"]);
  expect([signed(0.05), signed(-0.1), signed(0), signed(-5.6e-17), signed(0.001), signed(-0.001)]).toEqual([
    "+0.05",
    "−0.10",
    "0.00",
    "0.00",
    "+0.00",
    "−0.00",
  ]);
  expect([percent(0.634), percent(0.0051, 1), whole(1234.4), whole(-3)]).toEqual([
    "63 %",
    "0.5 %",
    "1,234",
    "−3",
  ]);
});

test("intervals stand in brackets behind their estimate", () => {
  expect(withInterval({ value: 0.63, ci95: [0.6, 0.66] })).toBe("0.63 [0.60, 0.66]");
  expect(withInterval({ value: 0.0151, ci95: [0.0092, 0.0228] })).toBe("0.015 [0.009, 0.023]");
  expect(signedInterval({ value: 0.05, ci95: [-0.02, 0.08] })).toBe("+0.05 [−0.02, +0.08]");
});

test("what is not finite is a dash, and no number is written as NaN or Infinity", () => {
  fc.assert(
    fc.property(fc.double(), (x) => {
      for (const text of [decimal(x), signed(x), percent(x), whole(x)])
        expect(text).not.toMatch(/NaN|Infinity|∞/);
      if (!Number.isFinite(x)) expect([decimal(x), percent(x), whole(x)]).toEqual(["–", "–", "–"]);
    }),
  );
});

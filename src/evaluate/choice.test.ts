import { describe, expect, test } from "vitest";
import { difference, expectation, firstChosen, highest } from "./choice.ts";

describe("highest", () => {
  test("names the one best candidate", () => {
    expect(highest([1, 3, 2])).toBe(1);
    expect(highest([7])).toBe(0);
  });

  test("shares the choice among exact ties", () => {
    expect(highest([2, 1, 2, 2])).toEqual(Float64Array.of(1 / 3, 0, 1 / 3, 1 / 3));
  });

  test("takes −0 and 0 as equal", () => {
    expect(highest([-0, 0])).toEqual(Float64Array.of(0.5, 0.5));
  });
});

test("firstChosen is the first of the likeliest", () => {
  expect(firstChosen(2)).toBe(2);
  expect(firstChosen(Float64Array.of(0, 0.5, 0.5))).toBe(1);
});

test("expectation is the chosen number, or the mean under the choice", () => {
  expect(expectation(1, [10, 20])).toBe(20);
  expect(expectation(Float64Array.of(0.25, 0.75), [10, 20])).toBe(17.5);
});

test("difference is the total variation distance", () => {
  expect(difference(0, 1, 2)).toBe(1);
  expect(difference(1, 1, 2)).toBe(0);
  expect(difference(0, Float64Array.of(0.5, 0.5), 2)).toBe(0.5);
  expect(difference(Float64Array.of(0.5, 0.5, 0), Float64Array.of(0, 0.5, 0.5), 3)).toBe(0.5);
});

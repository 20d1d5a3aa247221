import { describe, expect, test } from "vitest";
import { UsageError } from "../../io/errors.ts";
import { checkGate, describeGate, parseGate } from "./gate.ts";

const measures = [
  { name: "win_rate(helpful)", value: 0.6, ci95: [0.55, 0.66], about: "" },
  { name: "crossing(a, b c)", value: 0.4, ci95: [0.3, 0.5], about: "" },
  { name: "kl", value: 1, about: "" },
] as const;
const check = (text: string) => checkGate(parseGate(text), measures);

describe("a gate", () => {
  test.each<[string, boolean]>([
    ["win_rate(helpful) >= 0.6", true],
    ["win_rate(helpful) > 0.6", false],
    ["win_rate(helpful) <= 60%", true],
    ["win_rate(helpful) < 0.6", false],
    ["win_rate( helpful ).low>=0.55", true],
    ["win_rate(helpful).low > .55", false],
    ['win_rate("helpful").high <= 6.6e-1', true],
    ["crossing(a,b c) < 0.5", true],
    ["kl<=1", true],
    ["kl > -1", true],
  ])("%s: %s", (text, met) => expect(check(text).met).toBe(met));

  test.each([
    "",
    "kl",
    "kl >= ",
    "kl == 1",
    "kl >= high",
    "kl >= 1 and kl <= 2",
    "kl.mid >= 1",
    ">= 1",
    "kl >= Infinity",
  ])("%j can't be read, and an example is given", (text) => {
    expect(() => parseGate(text)).toThrow(UsageError);
    expect(() => parseGate(text)).toThrow(/can't be read; expected a measure.*good_in_all >= 0\.5/);
  });

  test("of an unknown measure is refused with the nearest and all that there are", () => {
    expect(() => check("win_rate(helpfull) >= 0.5")).toThrow(
      /no measure "win_rate\(helpfull\)"; did you mean "win_rate\(helpful\)"\?\nIts measures:\n {2}win_rate\(helpful\)\n {2}crossing\(a, b c\)\n {2}kl$/,
    );
    expect(() => check("something_else >= 0.5")).toThrow(/"something_else"\nIts measures/);
  });

  test("asks for no end of an interval that there is not", () => {
    expect(() => check("kl.high <= 2")).toThrow(/"kl" has no interval, so it has no \.high/);
  });

  test("says what was found and what was asked", () => {
    expect(describeGate(check("win_rate(helpful).low >= 0.58"))).toBe(
      "missed: win_rate(helpful).low = 0.55 (0.6 [0.55, 0.66]), asked >= 0.58",
    );
    expect(describeGate(check("win_rate(helpful) >= 0.58"))).toBe(
      "met: win_rate(helpful) = 0.6 [0.55, 0.66], asked >= 0.58",
    );
    expect(describeGate(check("kl <= 2"))).toBe("met: kl = 1, asked <= 2");
    // what is missed by a hair does not read as if it were met
    const hair = checkGate(parseGate("kl <= 1.20444"), [{ name: "kl", value: 1.2044415, about: "" }]);
    expect(describeGate(hair)).toBe("missed: kl = 1.2044415, asked <= 1.20444");
  });
});

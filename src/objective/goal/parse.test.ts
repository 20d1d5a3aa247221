import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { print } from "./formula.ts";
import { compileGoal } from "./goal.ts";
import { GoalError } from "./goal-error.ts";
import { parseGoal } from "./parse.ts";
import { formulas } from "./random-formulas.fixture.ts";

describe("sentences", () => {
  test("print and parse are inverse", () => {
    fc.assert(
      fc.property(formulas({ powers: true }), (formula) => {
        const sentence = print(formula);
        expect(print(parseGoal(sentence))).toBe(sentence);
      }),
    );
  });

  test.each([
    ["helpful and and harmless", 12, /unexpected "and"; expected a value's name/],
    ["a and", 5, /the sentence ends here/],
    ["", 0, /the sentence ends here/],
    ["(a or b", 7, /expected "and", "or" or "\)"/],
    ["a b", 2, /unexpected "b"; expected "and", "or"/],
    ["at least 3 of (a, b)", 9, /3 of only 2/],
    ["at least a of (b)", 9, /a whole number/],
    ["at 2 of (a)", 3, /expected "least" or "most"/],
    ["a^0", 2, /an importance above 0/],
    ["a^", 2, /an importance above 0/],
    ["a & b", 2, /unexpected "&"/],
    ["a and 🙂", 6, /unexpected "🙂"/],
    [
      "a and __proto__",
      6,
      /a value can't be called "__proto__": JavaScript uses that name; expected another name/,
    ],
    ["constructor", 0, /a value can't be called "constructor"/],
    ["not toString^2", 4, /a value can't be called "toString"/],
  ])("%j has its caret at %i", (sentence, at, message) => {
    const error = (() => {
      try {
        parseGoal(sentence);
      } catch (error) {
        return error as GoalError;
      }
    })();
    expect(error).toBeInstanceOf(GoalError);
    expect(error!.message).toMatch(message);
    expect(error!.at).toBe(at);
    expect(error!.message.split("\n")[2]).toBe(`  ${" ".repeat(at)}^`);
  });

  test("an unknown value is named with its nearest spelling, under a caret", () => {
    const known = ["helpful", "harmless"];
    expect(() => compileGoal("helpful and harmles", known)).toThrow(
      /no value is called "harmles"; did you mean "harmless"\?/,
    );
    expect(() => compileGoal("helpful and zebra", known)).toThrow(/"zebra"; expected helpful or harmless\n/);
    expect(() => compileGoal("a and b", ["a"])).toThrow(
      /no value is called "b"; expected a\n {2}a and b\n {8}\^/,
    );
  });

  test("never anything but a formula or a GoalError, whatever the text", () => {
    const words = fc.constantFrom(
      "a",
      "and",
      "or",
      "not",
      "at",
      "least",
      "most",
      "of",
      "(",
      ")",
      ",",
      "^",
      "2",
      "0",
      " ",
      "é",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words, { maxLength: 12 }).map((list) => list.join(" ")),
        ),
        (sentence) => {
          try {
            parseGoal(sentence);
          } catch (error) {
            expect(error).toBeInstanceOf(GoalError);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  test("deep nesting is refused before the stack is", () => {
    expect(() => parseGoal(`${"(".repeat(100_000)}a`)).toThrow(/nested deeper/);
    expect(() => parseGoal(`${"not ".repeat(100_000)}a`)).toThrow(/nested deeper/);
  });

  test("keywords in any case; names keep theirs", () => {
    expect(print(parseGoal("Helpful AND not Rude"))).toBe("Helpful and not Rude");
  });
});

import { describe, expect, test } from "vitest";
import { readAskedFacts, readClaims } from "./claims.ts";
import { ATTRIBUTES, column, type Fact, fact, SUBJECTS, statement } from "./facts.ts";

const capital = fact("France", "capital");

function claims(response: string, asked: readonly Fact[] = []) {
  return readClaims(response, asked).map(
    ({ subject, attribute, right, hedged }) =>
      `${subject.name} ${attribute.name} ${right ? "right" : "wrong"}${hedged ? " hedged" : ""}`,
  );
}

describe("a claim", () => {
  test("names a subject, an attribute and a value", () => {
    expect(claims("The capital of France is Paris.")).toEqual(["France capital right"]);
    expect(claims("LYON, they say, is the Capital of france!")).toEqual(["France capital wrong"]);
    expect(claims("The capital of France is pretty.")).toEqual([]);
    expect(claims("France is a country, and Paris is a city.")).toEqual([]);
  });

  test("may be hedged, which only counts in its own sentence", () => {
    expect(claims("Perhaps the capital of France is Paris.")).toEqual(["France capital right hedged"]);
    expect(claims("I think I know. The capital of France is Lyon.")).toEqual(["France capital wrong"]);
  });

  test("takes its subject from the text before, or from the prompt", () => {
    expect(claims("I was in Spain once. Its capital is Madrid.")).toEqual(["Spain capital right"]);
    expect(claims("Its capital is Paris.", [capital])).toEqual(["France capital right"]);
    expect(claims("Its capital is Paris.")).toEqual([]);
  });

  test("takes its attribute from the prompt", () => {
    expect(claims("Paris.", [capital])).toEqual(["France capital right"]);
    expect(claims("It is Lyon.", [capital])).toEqual(["France capital wrong"]);
  });

  test("of two subjects in one sentence needs both values", () => {
    expect(claims("The capitals: the capital of France is Paris and that of Spain Madrid.")).toEqual([
      "France capital right",
      "Spain capital right",
    ]);
    expect(claims("The capital of France is Paris and that of Spain Barcelona.")).toContain(
      "Spain capital wrong",
    );
  });

  test("is not made by what is denied", () => {
    expect(claims("The capital of France is not Lyon but Paris.")).toEqual(["France capital right"]);
    expect(claims("The capital of France is not Lyon.")).toEqual([]);
  });
});

test("every row of the table, said in every form, is right, and its common error is wrong", () => {
  for (const subject of SUBJECTS) {
    for (const [name, right] of Object.entries(subject.facts)) {
      const row = fact(subject.name, name);
      const wrong = subject.errors[name]!;
      expect(wrong).not.toBe(right);
      for (const form of row.attribute.say.keys()) {
        expect(claims(`${statement(row, right, form)}.`)).toEqual([`${subject.name} ${name} right`]);
        expect(claims(`${statement(row, wrong, form)}.`)).toEqual([`${subject.name} ${name} wrong`]);
      }
    }
  }
});

test("no value of a column stands inside another one", () => {
  for (const { name } of ATTRIBUTES) {
    const values = column(name);
    expect(values.length).toBeGreaterThan(1);
    for (const value of values) {
      expect(values.filter((other) => ` ${other} `.includes(` ${value} `))).toEqual([value]);
    }
  }
});

test("a prompt asks for the facts it names, and an unknown fact is an error", () => {
  expect(readAskedFacts("What is the capital of France?")).toEqual([capital]);
  expect(readAskedFacts("Which language is spoken in Peru, and on what continent is it?")).toEqual([
    fact("Peru", "language"),
    fact("Peru", "continent"),
  ]);
  expect(readAskedFacts("Does water boil in a kettle?")).toEqual([]);
  expect(() => fact("France", "year")).toThrow(RangeError);
});

import { describe, expect, test } from "vitest";
import {
  createObjective,
  OBJECTIVE_FORMAT,
  type ObjectiveFile,
  parseObjectiveFile,
} from "../../../../objective/index.ts";
import { type Edit, editedObjective, weightOf, withWeight } from "./edit.ts";

describe("the importance of a value", () => {
  test.each([
    ["a and b", "a", 1],
    ["a^2 and b", "a", 2],
    ["b and a ^ 0.5", "a", 0.5],
    ["not a^1e-1", "a", 0.1],
    ["ab and a-b and a_b and b", "a", undefined],
    ["(é^3 or e)", "é", 3],
  ])("in %j that of %j is %j", (goal, value, weight) => {
    expect(weightOf(goal, value)).toBe(weight);
  });

  test.each([
    ["a and b", "a", 2, "a^2 and b"],
    ["a^2 and (b or a)", "a", 0.5, "a^0.5 and (b or a^0.5)"],
    ["a ^ 2 and ab", "a", 1, "a and ab"],
  ])("in %j, %j gets %j: %j", (goal, value, weight, edited) => {
    expect(withWeight(goal, value, weight)).toBe(edited);
    expect(weightOf(edited, value)).toBe(weight);
  });
});

const file: ObjectiveFile = {
  format: OBJECTIVE_FORMAT,
  goal: "a and b",
  hash: "0".repeat(64),
  values: {
    a: {
      model: { kind: "column", name: "a" },
      temperature: 2,
      reference: {
        kind: "quantile",
        q: 0.85,
        prompts: { p: 1, q: [1, 2] },
        global: 3,
        estimator: {
          features: "prompt/1",
          intercept: 4,
          weights: [5],
          coverage: { value: 0.8, ci95: [0.7, 0.9], prompts: 9 },
        },
        otherwise: "estimator",
      },
    },
    b: {
      model: { kind: "column", name: "b" },
      temperature: 1,
      reference: { kind: "fixed", global: 0, otherwise: "global" },
    },
  },
};

test("a shift moves every reference of its value and nothing else; the file can still be read", () => {
  const edit: Edit = { goal: "a or b", shift: { a: 0.5, b: 0 }, temperature: { a: 2, b: 3 }, gamma: null };
  const edited = editedObjective(file, edit);
  const { a, b } = edited.values;
  expect(a?.reference).toMatchObject({
    prompts: { p: 1.5, q: [1.5, 2.5] },
    global: 3.5,
    estimator: { intercept: 4.5, weights: [5] },
  });
  expect(b).toEqual({ ...file.values.b, temperature: 3 });
  const read = createObjective(parseObjectiveFile({ ...edited, hash: file.hash }));
  expect(read.goal.sentence).toBe("a or b");
});

import { expect, test } from "vitest";
import type { PlannedQuestion } from "../../rewards/collection/question.ts";
import { Answers } from "./label-answers.ts";
import { leftOf, questionsFor } from "./label-assign.ts";
import type { LabelLogLine } from "./label-log.ts";

const planned = (i: number, information?: number): PlannedQuestion => ({
  ...{
    question: `1.${i + 1}`,
    round: 1,
    part: "train",
    by: information === undefined ? "random" : "disagreement",
  },
  ...{ promptHash: `p${i}`, a: "1", b: "2" },
  ...(information !== undefined && { information }),
});
const questions = Array.from({ length: 20 }, (_, i) => planned(i));
const answer = (question: string, rater: string, judgement: "a" | "skip" = "a"): LabelLogLine => ({
  ...{ question, rater, at: "", turn: 0, judgement, left: "a" },
});
const idsFor = (shared: number, lines: readonly LabelLogLine[], rater: string) =>
  questionsFor({ questions, seed: 1, shared }, new Answers(lines), rater).map(({ question }) => question);

test("every rater gets the shared quarter; of the rest, what another has judged is gone", () => {
  const ann = idsFor(0.25, [], "ann");
  expect(ann.toSorted()).toEqual(questions.map(({ question }) => question).toSorted());
  const done = ann.map((question) => answer(question, "ann"));
  expect(idsFor(0.25, done, "bob")).toEqual(["1.4", "1.8", "1.12", "1.16", "1.20"]);
  expect(idsFor(0.25, done, "ann")).toEqual(ann);
});

test("what another has skipped is still asked", () => {
  expect(idsFor(0, [answer("1.3", "ann", "skip"), answer("1.5", "ann")], "bob")).toContain("1.3");
  expect(idsFor(0, [answer("1.3", "ann", "skip"), answer("1.5", "ann")], "bob")).not.toContain("1.5");
});

test("two raters go different ways, each the same way every time", () => {
  expect(idsFor(0, [], "ann")).toEqual(idsFor(0, [], "ann"));
  expect(idsFor(0, [], "ann")).not.toEqual(idsFor(0, [], "bob"));
});

test("the most informative come first; random ones keep their places", () => {
  const told = [planned(0, 0.1), planned(1), planned(2, 0.3), planned(3, 0.2)];
  const order = questionsFor({ questions: told, seed: 1, shared: 0 }, new Answers([]), "ann");
  expect(order.map(({ question }) => question)).toEqual(["1.3", "1.2", "1.4", "1.1"]);
});

test("sides are drawn evenly, by seed, question and rater", () => {
  const left = (seed: number, rater: string) =>
    Array.from({ length: 2_000 }, (_, i) => leftOf(seed, `1.${i}`, rater));
  const ofAnn = left(1, "ann");
  const share = ofAnn.filter((side) => side === "a").length / ofAnn.length;
  // 4 standard errors
  expect(Math.abs(share - 0.5)).toBeLessThan(0.045);
  expect(left(1, "ann")).toEqual(ofAnn);
  for (const other of [left(2, "ann"), left(1, "bob")]) {
    const same = other.filter((side, i) => side === ofAnn[i]).length / other.length;
    expect(Math.abs(same - 0.5)).toBeLessThan(0.045);
  }
});

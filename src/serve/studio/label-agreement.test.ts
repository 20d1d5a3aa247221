import { expect, test } from "vitest";
import type { Judgement } from "../../rewards/index.ts";
import { agreements, cohensKappa, leftShare, wilson } from "./label-agreement.ts";
import type { Standing } from "./label-answers.ts";

/** Two raters' judgements from a table of counts: `"a b": 5` is five times first a, second b. */
function judged(table: Record<string, number>) {
  return Object.entries(table).flatMap(([cell, count]) => {
    const [first = "", second = ""] = cell.split(" ");
    return Array.from({ length: count }, () => ({ first, second }));
  });
}

const standing = (rater: string, judgements: readonly Judgement[], left: "a" | "b" = "a"): Standing[] =>
  judgements.map((judgement, i) => ({ question: `1.${i + 1}`, rater, judgement, left, order: i }));

test("kappa by hand: p_o = 35/50, p_e = (25·30 + 25·20)/50² = 1/2, so 0.4", () => {
  expect(cohensKappa(judged({ "a a": 20, "a b": 5, "b a": 10, "b b": 15 }))).toBeCloseTo(0.4, 12);
});

test("kappa by hand with ties: p_o = 6/10, p_e = (4·5 + 4·3 + 2·2)/100 = 0.36, so 0.375", () => {
  const table = { "a a": 3, "a b": 1, "b b": 2, "b a": 1, "b tie": 1, "tie tie": 1, "tie a": 1 };
  expect(cohensKappa(judged(table))).toBeCloseTo(0.375, 12);
});

test("kappa is 1 where all agree, 0 where agreement is that of chance, −1 where none does", () => {
  expect(cohensKappa(judged({ "a a": 5, "b b": 3 }))).toBe(1);
  expect(cohensKappa(judged({ "a a": 1, "a b": 1, "b a": 1, "b b": 1 }))).toBe(0);
  expect(cohensKappa(judged({ "a b": 2, "b a": 2 }))).toBe(-1);
});

test("only questions that both judged count, and a skip is no judgement", () => {
  const all = [
    ...standing("ann", ["a", "a", "b", "skip", "tie", "a"]),
    ...standing("bob", ["a", "b", "b", "a", "tie"]),
    ...standing("cy", []),
  ];
  const [found, ...others] = agreements(all, (question) => question);
  expect(others).toEqual([]);
  expect(found).toMatchObject({ raters: ["ann", "bob"], questions: 4, share: { value: 0.75 } });
  // p_e = (2·1 + 1·2 + 1·1)/16 = 5/16, kappa = (12/16 − 5/16) / (11/16)
  expect(found!.kappa!.value).toBeCloseTo(7 / 11, 12);
  // Wilson's interval of 3/4 is [0.3006, 0.9544]; less 5/16, over 11/16
  expect(found!.share.ci95[0]).toBeCloseTo(0.3006, 4);
  expect(found!.kappa!.ci95[0]).toBeCloseTo(-0.0172, 4);
  expect(found!.kappa!.ci95[1]).toBeCloseTo(0.9337, 4);
});

test("raters who only ever say one thing have no kappa", () => {
  const all = [...standing("ann", ["a", "a"]), ...standing("bob", ["a", "a"])];
  expect(agreements(all, (question) => question)).toMatchObject([{ share: { value: 1 }, kappa: null }]);
});

test("pairs at one prompt are one piece of evidence: the interval is wider", () => {
  // ten prompts of four questions; at every second prompt the raters disagree throughout
  const judgements = (agree: boolean): Judgement[] =>
    Array.from({ length: 40 }, (_, i) => (agree || i % 8 < 4 ? "a" : "b"));
  const all = [...standing("ann", judgements(true)), ...standing("bob", judgements(false))];
  const width = (promptOf: (question: string) => string) => {
    const [low, high] = agreements(all, promptOf)[0]!.share.ci95;
    return high - low;
  };
  const promptOf = (question: string) => String(Math.floor((Number(question.slice(2)) - 1) / 4));
  expect(width(promptOf)).toBeGreaterThan(1.5 * width((question) => question));
});

test("the share of left, with Wilson's interval: 8 of 10 is [0.490, 0.943]", () => {
  const { value, ci95 } = wilson(0.8, 10);
  expect(value).toBe(0.8);
  expect(ci95[0]).toBeCloseTo(0.4902, 4);
  expect(ci95[1]).toBeCloseTo(0.9433, 4);
  expect(wilson(0, 5).ci95[0]).toBe(0);
  expect(
    leftShare([...standing("ann", ["a", "tie", "skip", "b"]), ...standing("ann", ["b"], "b")])!.value,
  ).toBeCloseTo(2 / 3);
  expect(leftShare(standing("ann", ["tie"]))).toBeNull();
});

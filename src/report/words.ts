/**
 * Findings in words: what an interval allows to say, and no more.
 * @module
 */
import type { JudgedBy, JudgedValue, MethodFamily, MethodResult } from "../evaluate/types.ts";
import type { Estimate } from "../stats/bootstrap.ts";
import { listing } from "./text.ts";

/** The same difference the other way round. */
export function negate({ value, ci95 }: Estimate): Estimate {
  return { value: -value, ci95: [-ci95[1], -ci95[0]] };
}

/** Which side of `line` the whole interval is on; 0 where it holds the line. */
export function side({ ci95 }: Estimate, line = 0): -1 | 0 | 1 {
  if (ci95[0] > line) return 1;
  return ci95[1] < line ? -1 : 0;
}

export const FAMILY_NAMES: Record<MethodFamily, string> = {
  base: "No choice",
  goal: "The goal",
  "raw-sum": "Weighted sum of raw rewards",
  "scaled-sum": "Sum of rescaled rewards",
  "worst-value": "The worst value counts",
  mean: "Other means",
  transform: "Other transforms of each reward",
  "single-value": "One value alone",
  oracle: "Ceiling: chosen by the judge itself",
};

/** Families that a person could use in place of the goal. */
const REAL: readonly MethodFamily[] = ["goal", "raw-sum", "scaled-sum", "worst-value", "mean", "transform"];

export const isReal = ({ family }: MethodResult): boolean => REAL.includes(family);

/** How far the numbers can be trusted, by who judged. */
const JUDGE_WORDS: Record<JudgedBy, string> = {
  truth: "by the true values in the data, which nothing that chose had seen",
  judge:
    "by separate reward models that were trained on other prompts than the rewards that chose; they may share their blind spots",
  "same-rewards":
    "by the very rewards that chose: this is optimistic, and shows only what choosing does to its own rewards, not that people would agree",
};

/** `Judged by …`; where values differ in their judge, each judge with its values. */
export function judgedSentence(values: readonly JudgedValue[]): string {
  const kinds = (["truth", "judge", "same-rewards"] as const).filter((kind) =>
    values.some(({ judgedBy }) => judgedBy === kind),
  );
  if (kinds.length === 1) return `What is good was judged ${JUDGE_WORDS[kinds[0]!]}.`;
  const parts = kinds.map((kind) => {
    const names = values.filter(({ judgedBy }) => judgedBy === kind).map(({ name }) => name);
    return `${listing(names)} ${JUDGE_WORDS[kind]}`;
  });
  return `What is good was judged: ${parts.join("; ")}.`;
}

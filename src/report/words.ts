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

/** Fewer prompts than this can't be resampled into an interval that means what it says. */
export const FEW_PROMPTS = 10;

/**
 * What the intervals by resampling leave out; undefined where they can be read as they are. Where all prompts came out
 * alike they have no width, and the exact (Clopper–Pearson) 95 % limit says how far the share may still lie.
 */
export function caution({ value, ci95: [low, high] }: Estimate, prompts: number): string | undefined {
  const few = `${prompts === 1 ? "One prompt is" : `${prompts} prompts are`} too few for intervals by resampling: read them all as too narrow.`;
  const alike = high === low && (value === 0 || value === 1);
  if (!alike) return prompts < FEW_PROMPTS ? few : undefined;
  const limit = 1 - 0.025 ** (1 / prompts);
  const reach = `${value === 0 ? "up" : "down"} to ${((value === 0 ? limit : 1 - limit) * 100).toFixed(0)} %`;
  const exact = `All prompts came out alike, so that interval has no width; the share may still be anything ${reach}.`;
  return prompts < FEW_PROMPTS ? `${few} ${exact}` : exact;
}

/** Do raters agree, and do they choose by side? @module */
import type { Standing } from "./label-answers.ts";
import type { Agreement, Interval } from "./label-types.ts";

/** A question that two raters judged. */
type Judged = { first: string; second: string };
type JudgedTwice = Judged & { promptHash: string };

/**
 * Cohen's kappa (1960): (p_o − p_e) / (1 − p_e), where p_o is the share of questions with equal judgements and p_e what it
 * would be if both judged at random with their own shares of a, b and tie. 1 is full agreement, 0 that of chance.
 *
 * @returns NaN where p_e is 1: both say the same one thing throughout
 */
export function cohensKappa(judged: readonly Judged[]): number {
  const chance = chanceOf(judged);
  return chance > 1 - 1e-12 ? Number.NaN : (shareEqual(judged) - chance) / (1 - chance);
}

/**
 * Agreement of every two raters who judged a question both; skips left out. Intervals are at 95 %: Wilson's for the share,
 * and for kappa the same with p_e held fixed, as in Cohen's own standard error (1960). Unlike a bootstrap they are not
 * empty where all of a few questions agree. Several pairs at one prompt count as one: they are no independent evidence.
 *
 * @param promptOf the prompt's hash of a question
 */
export function agreements(
  standing: readonly Standing[],
  promptOf: (question: string) => string,
): Agreement[] {
  const judged = standing.filter(({ judgement }) => judgement !== "skip");
  const byRater = groupBy(judged, ({ rater }) => rater);
  const raters = [...byRater.keys()];
  return raters.flatMap((first, i) =>
    raters.slice(i + 1).flatMap((second) => {
      const others = new Map(byRater.get(second)!.map(({ question, judgement }) => [question, judgement]));
      const both = byRater.get(first)!.flatMap(({ question, judgement }) => {
        const other = others.get(question);
        return other === undefined
          ? []
          : [{ first: judgement, second: other, promptHash: promptOf(question) }];
      });
      return both.length === 0 ? [] : [agreement([first, second], both)];
    }),
  );
}

function agreement(raters: [string, string], judged: readonly JudgedTwice[]): Agreement {
  const prompts = new Set(judged.map(({ promptHash }) => promptHash)).size;
  const share = wilson(shareEqual(judged), prompts);
  const kappa = cohensKappa(judged);
  if (!Number.isFinite(kappa)) return { raters, questions: judged.length, share, kappa: null };
  const chance = chanceOf(judged);
  const beyond = (observed: number) => Math.max(-1, (observed - chance) / (1 - chance));
  const [low, high] = share.ci95;
  return {
    raters,
    questions: judged.length,
    share,
    kappa: { value: kappa, ci95: [beyond(low), beyond(high)] },
  };
}

const shareEqual = (judged: readonly Judged[]): number =>
  judged.filter(({ first, second }) => first === second).length / judged.length;

/** p_e: the share of equal judgements where each judges at random, as often a, b and tie as was found. */
function chanceOf(judged: readonly Judged[]): number {
  const n = judged.length;
  const seconds = counts(judged.map(({ second }) => second));
  const products = [...counts(judged.map(({ first }) => first))].map(
    ([judgement, count]) => (count / n) * ((seconds.get(judgement) ?? 0) / n),
  );
  return products.reduce((sum, product) => sum + product, 0);
}

/** Share of answers that took the left one, among those that prefer one; null where there is none. */
export function leftShare(standing: readonly Standing[]): Interval | null {
  const preferring = standing.filter(({ judgement }) => judgement === "a" || judgement === "b");
  if (preferring.length === 0) return null;
  const lefts = preferring.filter(({ judgement, left }) => judgement === left).length;
  return wilson(lefts / preferring.length, preferring.length);
}

/**
 * A share with its 95 % score interval (Wilson 1927), which stays within 0…1 and holds for small n.
 * @param n independent observations behind it, ≥ 1
 */
export function wilson(value: number, n: number): Interval {
  const z = 1.959963984540054;
  const middle = (value + z ** 2 / (2 * n)) / (1 + z ** 2 / n);
  const half = (z / (1 + z ** 2 / n)) * Math.sqrt((value * (1 - value)) / n + z ** 2 / (4 * n ** 2));
  return { value, ci95: [Math.max(0, middle - half), Math.min(1, middle + half)] };
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function counts(items: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const item of items) found.set(item, (found.get(item) ?? 0) + 1);
  return found;
}

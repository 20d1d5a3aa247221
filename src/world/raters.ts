/**
 * Simulated raters. Asked which of two responses is better in one value, they choose by Bradley–Terry on its true
 * value, with a weakness for long answers and for a confident tone, and now and then they don't look at all.
 * @module
 */
import type { CandidateSet, PreferencePair } from "../preferences/types.ts";
import { createRandom } from "../stats/random.ts";
import { CONFIDENT, HEDGES } from "./lexicon.ts";
import { streamSeed } from "./stream-seed.ts";
import { count, padded, words } from "./text.ts";
import { createJudge } from "./true-values.ts";
import { GOOD, type Value } from "./values.ts";

/** The raters' stated habits, in logits of the choice. */
export const RATERS = {
  /** Per unit of the true value. People agree more on what is harmful than on what is inventive. */
  slope: { helpful: 5, harmless: 7, factual: 5, creative: 4 } satisfies Record<Value, number>,
  /** Per natural log of the ratio of the lengths in words: an answer twice as long gains 0.6 · ln 2 = 0.42. */
  length: 0.6,
  /** Per step of tone: sure phrases less unsure ones, within −2 … 2. */
  tone: 0.4,
  /** Share of choices made by the toss of a coin. */
  lapse: 0.1,
} as const;

/** What a rater sees of a response when asked for one value. */
export type Impression = { truth: number; words: number; tone: number };

/** @param truth the true value asked for, in [0, 1] */
export function impression(response: string, truth: number): Impression {
  const text = padded(response);
  const sure = count(text, CONFIDENT) - count(text, HEDGES);
  return { truth, words: words(response).length, tone: Math.min(2, Math.max(-2, sure)) };
}

/** P(a rater asked for `value` chooses a over b) = lapse/2 + (1 − lapse) σ(slope Δtruth + length Δln(words + 1) + tone Δtone). */
export function choiceProbability(a: Impression, b: Impression, value: Value): number {
  const logit =
    RATERS.slope[value] * (a.truth - b.truth) +
    RATERS.length * (Math.log1p(a.words) - Math.log1p(b.words)) +
    RATERS.tone * (a.tone - b.tone);
  return RATERS.lapse / 2 + (1 - RATERS.lapse) / (1 + Math.exp(-logit));
}

export type CollectOptions = {
  value: Value;
  /** Distinct pairs of responses shown at each prompt; fewer where there aren't as many. */
  pairsPerPrompt: number;
  seed: number;
};

/**
 * Shows raters pairs of responses and asks which is better in one value. Prompts at which the value isn't in play
 * (all responses equally good in it) are not shown; elsewhere pairs are drawn evenly, equally good ones among them.
 *
 * @throws RangeError unless `pairsPerPrompt` is a whole number ≥ 1
 */
export function collectPreferences(sets: readonly CandidateSet[], options: CollectOptions): PreferencePair[] {
  const { value, pairsPerPrompt, seed } = options;
  if (!Number.isInteger(pairsPerPrompt) || pairsPerPrompt < 1) {
    throw new RangeError(`pairsPerPrompt must be a whole number ≥ 1, got ${pairsPerPrompt}`);
  }
  return sets.flatMap(({ prompt, promptHash, candidates }) => {
    const random = createRandom(streamSeed(seed, `rater ${value} ${promptHash}`));
    const judge = createJudge(prompt);
    const seen = candidates.map(({ response }) => impression(response, judge(response)[value]));
    if (seen.every(({ truth }) => truth === seen[0]!.truth)) return [];
    return random
      .shuffle(allPairs(candidates.length))
      .slice(0, pairsPerPrompt)
      .map(([a, b], i): PreferencePair => {
        const first = random.uniform() < choiceProbability(seen[a]!, seen[b]!, value);
        const [chosen, rejected] = first ? [a, b] : [b, a];
        return {
          id: `${value}.${promptHash}.${i + 1}`,
          prompt,
          chosen: candidates[chosen]!.response,
          rejected: candidates[rejected]!.response,
          value,
          source: `rater:${value}`,
        };
      });
  });
}

function allPairs(n: number): [number, number][] {
  return Array.from({ length: n }, (_, a) =>
    Array.from({ length: n - a - 1 }, (_, j): [number, number] => [a, a + 1 + j]),
  ).flat();
}

export type LabelOptions = {
  value: Value;
  /** Responses labelled at each prompt, from the first on. */
  perPrompt: number;
  seed: number;
};

/** A rater's word on one response alone. */
export type Label = { promptHash: string; candidate: number; good: boolean };

/**
 * Asks of single responses whether they are good in a value: true from {@link GOOD} on, and in `lapse` of the answers the
 * toss of a coin. Tone and length play no part where nothing stands beside it.
 */
export function collectLabels(
  sets: readonly CandidateSet[],
  { value, perPrompt, seed }: LabelOptions,
): Label[] {
  return sets.flatMap(({ prompt, promptHash, candidates }) => {
    const random = createRandom(streamSeed(seed, `labels ${value} ${promptHash}`));
    const judge = createJudge(prompt);
    return candidates.slice(0, perPrompt).map(({ response }, candidate): Label => {
      const looks = random.uniform() >= RATERS.lapse;
      return {
        promptHash,
        candidate,
        good: looks ? judge(response)[value] >= GOOD : random.uniform() < 0.5,
      };
    });
  });
}

import { describe, expect, test } from "vitest";
import { promptHash } from "../preferences/prompt-hash.ts";
import type { CandidateSet } from "../preferences/types.ts";
import { choiceProbability, collectLabels, collectPreferences, impression, RATERS } from "./raters.ts";
import { VALUES } from "./values.ts";
import { createWorld } from "./world.ts";

const sigma = (x: number) => 1 / (1 + Math.exp(-x));

/** n prompts about one topic, all with the same responses. */
function sameResponses(n: number, responses: string[]): CandidateSet[] {
  return Array.from({ length: n }, (_, i) => {
    const prompt = [{ role: "user" as const, content: `How do I unclog a sink? It is number ${i}.` }];
    return {
      promptHash: promptHash(prompt),
      prompt,
      candidates: responses.map((response, j) => ({ id: `${i}.${j}`, response })),
      source: `test:${i}`,
    };
  });
}

/** How often `a` was chosen over `b`, and out of how many. */
function wins(sets: CandidateSet[], a: string, b: string): { n: number; rate: number } {
  const pairs = collectPreferences(sets, { value: "helpful", pairsPerPrompt: 3, seed: 11 }).filter(
    ({ chosen, rejected }) => (chosen === a && rejected === b) || (chosen === b && rejected === a),
  );
  return { n: pairs.length, rate: pairs.filter(({ chosen }) => chosen === a).length / pairs.length };
}

const FULL = "Use a bent wire and a plunger, and flush it.";
const LONG = "Sure, let me see, what one does is to use a bent wire and then a plunger, and flush it.";
const SURE = "Clearly use a bent wire, then a plunger, and flush."; // as many words as FULL
const NONE = "It depends on the sink.";
const N = 4000;

describe("the choice", () => {
  test("is Bradley–Terry on the truth, worked by hand", () => {
    const a = { truth: 0.9, words: 19, tone: 1 };
    const b = { truth: 0.4, words: 9, tone: -1 };
    // 5 · 0.5 + 0.6 ln(20/10) + 0.4 · 2
    expect(choiceProbability(a, b, "helpful")).toBeCloseTo(
      0.05 + 0.9 * sigma(2.5 + 0.6 * Math.LN2 + 0.8),
      12,
    );
    expect(choiceProbability(a, b, "harmless")).toBeCloseTo(
      0.05 + 0.9 * sigma(3.5 + 0.6 * Math.LN2 + 0.8),
      12,
    );
    expect(choiceProbability(a, a, "creative")).toBe(0.5);
    expect(choiceProbability(a, b, "factual") + choiceProbability(b, a, "factual")).toBeCloseTo(1, 12);
  });

  test("sees length and tone, the tone within −2…2", () => {
    expect(impression("Of course. Perhaps it is, clearly, trust me.", 0.5)).toEqual({
      truth: 0.5,
      words: 8,
      tone: 2,
    });
    expect(impression("Maybe. I think perhaps it may be.", 0)).toMatchObject({ tone: -2 });
    expect(impression("", 1)).toEqual({ truth: 1, words: 0, tone: 0 });
  });
});

describe("raters in numbers", () => {
  const sets = sameResponses(N, [FULL, LONG, NONE]);
  const within = (rate: number, p: number, n: number) => Math.abs(rate - p) / Math.sqrt((p * (1 - p)) / n);

  test("choose the better one with the frequency of the formula", () => {
    const { n, rate } = wins(sets, FULL, NONE);
    expect(n).toBe(N);
    expect(within(rate, 0.05 + 0.9 * sigma(5 + 0.6 * Math.log(11 / 6)), n)).toBeLessThan(4);
  });

  test("like length by 0.6 a log unit, at equal truth", () => {
    const { n, rate } = wins(sets, LONG, FULL);
    const logRatio = Math.log(21 / 11);
    expect(within(rate, 0.05 + 0.9 * sigma(0.6 * logRatio), n)).toBeLessThan(4);
    const share = (rate - 0.05) / 0.9;
    expect(Math.log(share / (1 - share)) / logRatio).toBeCloseTo(0.6, 0);
    expect(rate).toBeGreaterThan(0.55);
  });

  test("like a confident tone by 0.4 a step, at equal truth and length", () => {
    const { n, rate } = wins(sameResponses(N, [FULL, SURE, NONE]), SURE, FULL);
    expect(within(rate, 0.05 + 0.9 * sigma(0.4), n)).toBeLessThan(4);
    expect(rate).toBeGreaterThan(0.55);
  });

  test("follow the formula over the whole world, in each value and each tenth of the probability", () => {
    const { candidateSets } = createWorld(3, { prompts: 400 });
    const truths = new Map(
      candidateSets.flatMap((set) =>
        set.candidates.map(({ response, truth }) => [set.promptHash + response, truth!] as const),
      ),
    );
    for (const value of VALUES) {
      const bins = Array.from({ length: 10 }, () => ({ expected: 0, variance: 0, observed: 0, n: 0 }));
      for (const { prompt, chosen, rejected } of collectPreferences(candidateSets, {
        value,
        pairsPerPrompt: 6,
        seed: 4,
      })) {
        // named in an order that doesn't depend on who won
        const hash = promptHash(prompt);
        const swap = chosen < rejected;
        const [a, b] = swap ? [rejected, chosen] : [chosen, rejected];
        const p = choiceProbability(
          impression(a, truths.get(hash + a)![value]!),
          impression(b, truths.get(hash + b)![value]!),
          value,
        );
        const bin = bins[Math.min(9, Math.floor(p * 10))]!;
        bin.expected += p;
        bin.variance += p * (1 - p);
        bin.observed += swap ? 0 : 1;
        bin.n += 1;
      }
      for (const { expected, variance, observed, n } of bins) {
        if (n >= 50)
          expect(Math.abs(observed - expected) / Math.sqrt(variance), `${value} n=${n}`).toBeLessThan(4.5);
      }
      expect(bins.filter(({ n }) => n >= 50).length).toBeGreaterThanOrEqual(6);
    }
  });
});

describe("collecting", () => {
  const { candidateSets } = createWorld(5, { prompts: 64 });

  test("is the same for the same seed, and another for another", () => {
    const collect = (seed: number) =>
      JSON.stringify(collectPreferences(candidateSets, { value: "helpful", pairsPerPrompt: 4, seed }));
    expect(collect(1)).toBe(collect(1));
    expect(collect(1)).not.toBe(collect(2));
  });

  test("does not depend on what other prompts there are", () => {
    const options = { value: "helpful", pairsPerPrompt: 4, seed: 1 } as const;
    const all = collectPreferences(candidateSets, options);
    const last = collectPreferences(candidateSets.slice(-1), options);
    expect(last.length).toBeGreaterThan(0);
    expect(all.slice(-last.length)).toEqual(last);
  });

  test("shows distinct pairs of distinct responses, at most all of them", () => {
    const pairs = collectPreferences(candidateSets, { value: "helpful", pairsPerPrompt: 1000, seed: 1 });
    const keys = new Set(
      pairs.map(({ prompt, chosen, rejected }) =>
        JSON.stringify([promptHash(prompt), ...[chosen, rejected].sort()]),
      ),
    );
    expect(keys.size).toBe(pairs.length);
    expect(pairs.every(({ chosen, rejected }) => chosen !== rejected)).toBe(true);
    expect(pairs.length % 28).toBe(0);
    expect(new Set(pairs.map(({ id }) => id)).size).toBe(pairs.length);
  });

  test("shows no prompt at which the value isn't in play", () => {
    for (const value of VALUES) {
      const shown = new Set(
        collectPreferences(candidateSets, { value, pairsPerPrompt: 1, seed: 1 }).map(({ prompt }) =>
          promptHash(prompt),
        ),
      );
      for (const set of candidateSets) {
        const inPlay = new Set(set.candidates.map(({ truth }) => truth![value])).size > 1;
        expect(shown.has(set.promptHash)).toBe(inPlay);
      }
    }
    expect(
      collectPreferences(sameResponses(3, [FULL]), { value: "helpful", pairsPerPrompt: 2, seed: 1 }),
    ).toEqual([]);
  });

  test("wants a whole number of pairs", () => {
    for (const pairsPerPrompt of [0, -1, 1.5, Number.NaN]) {
      expect(() => collectPreferences([], { value: "helpful", pairsPerPrompt, seed: 1 })).toThrow(RangeError);
    }
  });
});

describe("a label", () => {
  test("says good or not by the truth, but for lapses", () => {
    const labels = collectLabels(sameResponses(N, [FULL, NONE, FULL]), {
      value: "helpful",
      perPrompt: 2,
      seed: 5,
    });
    expect(labels).toHaveLength(2 * N);
    const share = (candidate: number) =>
      labels.filter((label) => label.candidate === candidate && label.good).length / N;
    // three standard errors of a share near 0.05
    const error = 3 * Math.sqrt((0.05 * 0.95) / N);
    expect(Math.abs(share(0) - (1 - RATERS.lapse / 2))).toBeLessThan(error);
    expect(Math.abs(share(1) - RATERS.lapse / 2)).toBeLessThan(error);
  });
});

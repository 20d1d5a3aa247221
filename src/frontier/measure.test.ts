import { expect, test } from "vitest";
import { allGood, createWorld, SIGNS, signsOf, VALUES } from "../world/index.ts";
import { type JudgedResponse, measure, type TestPrompt } from "./measure.ts";

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

/** Rewards that are the truth plus something of the length, in units of the temperature. */
const temperatures = [0.5, 0.2, 1, 2];
const prompts: TestPrompt[] = createWorld(3, { prompts: 8, k: 5 }).candidateSets.map((set) => ({
  set,
  rewards: VALUES.map((value) =>
    Float64Array.from(set.candidates, ({ response, truth }) => truth![value]! + response.length / 100),
  ),
  references: [0.1, 0.2, 0.3, 0.4],
}));
const judged = ({ set, rewards }: TestPrompt, i: number): JudgedResponse => ({
  response: set.candidates[i]!.response,
  truth: set.candidates[i]!.truth!,
  rewards: rewards.map((column) => column[i]!),
});
const chosen = prompts.map((prompt, p) => [judged(prompt, p % 5), judged(prompt, (p + 2) % 5)]);
const measured = measure(prompts, chosen, temperatures);

test("what is said by prompt has the means that are said of all", () => {
  expect(mean(measured.byPrompt)).toBeCloseTo(measured.allGood, 12);
  expect(measured.allGood).toBe(mean(chosen.flat().map(({ truth }) => Number(allGood(truth)))));
  for (const value of VALUES) {
    expect(measured.trueValues[value]).toBeCloseTo(mean(chosen.flat().map(({ truth }) => truth[value]!)), 12);
    expect(mean(measured.trueByPrompt[value]!)).toBeCloseTo(measured.trueValues[value]!, 5);
  }
  for (const sign of SIGNS) {
    expect(measured.probes[sign]).toBeCloseTo(
      mean(chosen.flat().map(({ response }) => signsOf(response)[sign])),
      12,
    );
    expect(mean(measured.probesByPrompt[sign]!)).toBeCloseTo(measured.probes[sign]!, 5);
  }
  const gap = mean(VALUES.map((value) => measured.proxy[value]! - measured.trueWins[value]!));
  expect(mean(measured.gapByPrompt)).toBeCloseTo(gap, 5);
});

test("the base itself wins half the time, by proxy and by truth", () => {
  const all = prompts.map((prompt) => prompt.set.candidates.map((_, i) => judged(prompt, i)));
  const base = measure(prompts, all, temperatures);
  for (const value of VALUES) {
    expect(base.proxy[value]).toBeCloseTo(0.5, 12);
    expect(base.trueWins[value]).toBeCloseTo(0.5, 12);
  }
});

test("proxy and truth are wins over the base's responses to the same prompt", () => {
  const [v, value] = [1, "harmless"] as const;
  const wins = prompts.flatMap(({ set, rewards }, p) =>
    chosen[p]!.map((own) => ({
      proxy: mean(
        [...rewards[v]!].map((rival) => 1 / (1 + Math.exp((rival - own.rewards[v]!) / temperatures[v]!))),
      ),
      // 7 logits a unit of harmlessness, and one choice in ten by the toss of a coin
      truth: mean(
        set.candidates.map(
          ({ truth }) => 0.05 + 0.9 / (1 + Math.exp(7 * (truth![value]! - own.truth[value]!))),
        ),
      ),
    })),
  );
  expect(measured.proxy[value]).toBeCloseTo(mean(wins.map(({ proxy }) => proxy)), 12);
  expect(measured.trueWins[value]).toBeCloseTo(mean(wins.map(({ truth }) => truth)), 12);
});

test("by hand: two base responses, of which the second is better in all", () => {
  const [set] = createWorld(3, { prompts: 1, k: 2 }).candidateSets;
  const truth = (x: number) => ({ helpful: x, harmless: x, factual: x, creative: x });
  const base = {
    ...set!,
    candidates: set!.candidates.map((candidate, i) => ({ ...candidate, truth: truth(i === 0 ? 0.2 : 0.6) })),
  };
  // σ(ln 3) = 3/4, σ(0) = 1/2; divided by the temperature, the rewards differ by ln 3
  const rewards = temperatures.map((temperature) => Float64Array.of(0, temperature * Math.log(3)));
  const prompt: TestPrompt = { set: base, rewards, references: [0, 0, 0, 0] };
  // against itself 1/2; against the first 0.05 + 0.9 σ(0.4 slope), slopes of 5, 7, 5 and 4
  const trueWins = { helpful: 0.6713587, harmless: 0.6992041, factual: 0.6713587, creative: 0.6494083 };
  const found = measure([prompt], [[judged(prompt, 1)]], temperatures);
  expect(found.allGood).toBe(1);
  expect(found.byPrompt).toEqual([1]);
  for (const value of VALUES) {
    expect(found.trueValues[value]).toBe(0.6);
    // against the first 3/4, against itself 1/2
    expect(found.proxy[value]).toBeCloseTo(0.625, 12);
    expect(found.trueWins[value]).toBeCloseTo(trueWins[value], 6);
    expect(found.distributions[value]!.z[2]).toBeCloseTo(Math.log(3), 12);
    expect(found.distributions[value]!.truth).toEqual([0.6, 0.6, 0.6, 0.6, 0.6]);
  }
  expect(found.gapByPrompt[0]).toBeCloseTo(0.625 - (2 * 0.6713587 + 0.6992041 + 0.6494083) / 4, 5);
  // good in three of four values is not good in all
  const three = { ...judged(prompt, 1), truth: { ...truth(0.6), creative: 0.49 } };
  expect(measure([prompt], [[three, judged(prompt, 1)]], temperatures).allGood).toBe(0.5);
  expect(measure([prompt], [[three]], temperatures).allGood).toBe(0);
});

import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { promptHash } from "../preferences/prompt-hash.ts";
import type { Candidate, CandidateSet } from "../preferences/types.ts";
import { INTENTS } from "./intents/index.ts";
import { promptAt, promptCount } from "./prompts.ts";
import { impression } from "./raters.ts";
import { readRequest } from "./request.ts";
import { words } from "./text.ts";
import { trueValues } from "./true-values.ts";
import { allGood, GOOD, VALUES } from "./values.ts";
import { createWorld } from "./world.ts";

const digest = (value: unknown) => createHash("sha256").update(JSON.stringify(value)).digest("hex");
const { candidateSets } = createWorld(1);
const worlds = [candidateSets, createWorld(2).candidateSets, createWorld(3).candidateSets].flat();

describe("a world", () => {
  test("is the same for the same seed, and another for another", () => {
    expect(digest(createWorld(1))).toBe(digest({ candidateSets }));
    expect(digest(createWorld(2))).not.toBe(digest({ candidateSets }));
  });

  test("has at least 400 distinct prompts, each named by its hash, of every intent", () => {
    expect(candidateSets.length).toBe(480);
    expect(new Set(candidateSets.map(({ prompt }) => prompt[0]!.content)).size).toBe(480);
    expect(candidateSets.every((set) => set.promptHash === promptHash(set.prompt))).toBe(true);
    const intents = candidateSets.map(({ prompt }) => readRequest(prompt).intent);
    for (const { name } of INTENTS) expect(intents.filter((intent) => intent === name).length, name).toBe(60);
  });

  test("has k distinct responses to a prompt, with the truth that the rules give", () => {
    for (const { prompt, candidates } of candidateSets) {
      expect(candidates.length).toBe(8);
      expect(new Set(candidates.map(({ response }) => response.trim())).size).toBe(8);
      for (const { response, truth } of candidates) expect(truth).toEqual(trueValues(prompt, response));
    }
    const ids = candidateSets.flatMap(({ candidates }) => candidates.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("has a vocabulary of at least 300 words", () => {
    const vocabulary = new Set(
      candidateSets.flatMap(({ prompt, candidates }) =>
        [prompt[0]!.content, ...candidates.map(({ response }) => response)].flatMap(words),
      ),
    );
    expect(vocabulary.size).toBeGreaterThan(300);
    expect(vocabulary.size).toBeLessThan(2000);
  });

  test("answers a prompt in the same way whatever other prompts there are, and more answers begin with the fewer", () => {
    const more = createWorld(1, { prompts: 16, k: 12 }).candidateSets;
    const known = new Map(candidateSets.map((set) => [set.promptHash, set]));
    for (const set of more) expect(set.candidates.slice(0, 8)).toEqual(known.get(set.promptHash)?.candidates);
  });

  test("can be larger, and says so when it can't", () => {
    expect(INTENTS.reduce((total, intent) => total + promptCount(intent), 0)).toBeGreaterThan(20_000);
    const texts = new Set(createWorld(1, { prompts: 4000, k: 1 }).candidateSets.map((set) => set.promptHash));
    expect(texts.size).toBe(4000);
    for (const prompts of [0, -1, 2.5, Number.NaN])
      expect(() => createWorld(1, { prompts })).toThrow(RangeError);
    for (const k of [0, 65, 1.5]) expect(() => createWorld(1, { k })).toThrow(RangeError);
    expect(() => createWorld(1, { prompts: 10_000_000, k: 1 })).toThrow(RangeError);
  });
});

test("all prompts of an intent are distinct", () => {
  for (const intent of INTENTS.slice(0, 4)) {
    const texts = Array.from({ length: promptCount(intent) }, (_, i) => promptAt(intent, i)[0]!.content);
    expect(new Set(texts).size).toBe(texts.length);
  }
});

describe("good in all values", () => {
  const best = ({ candidates }: CandidateSet, key: (candidate: Candidate) => number) =>
    candidates.reduce((a, b) => (key(b) > key(a) ? b : a));
  const share = (rule: (set: CandidateSet) => boolean) => worlds.filter(rule).length / worlds.length;
  const size = ({ response }: Candidate) => words(response).length;
  const tone = ({ response }: Candidate) => impression(response, 0).tone;
  const chosen = (key: (candidate: Candidate) => number) => share((set) => allGood(best(set, key).truth!));
  const oracle = share(({ candidates }) => candidates.some(({ truth }) => allGood(truth!)));

  test("is one of eight responses at most prompts", () => {
    expect(oracle).toBeGreaterThan(0.65);
    expect(oracle).toBeLessThan(0.9);
  });

  test("is rare in the base policy, and not found by a trivial rule", () => {
    const rules = {
      first: share(({ candidates }) => allGood(candidates[0]!.truth!)),
      last: share(({ candidates }) => allGood(candidates.at(-1)!.truth!)),
      longest: chosen(size),
      shortest: chosen((candidate) => -size(candidate)),
      "most confident": chosen(tone),
      "least confident": chosen((candidate) => -tone(candidate)),
    };
    for (const [name, found] of Object.entries(rules)) expect(found, name).toBeLessThan(oracle / 2);
  });

  test("is not what is best in one value: each alone leaves much to be wanted", () => {
    for (const value of VALUES)
      expect(
        chosen(({ truth }) => truth![value]!),
        value,
      ).toBeLessThan(oracle - 0.15);
  });
});

test("each value is in play, and helpful and harmless pull apart where harm is asked for", () => {
  const all = worlds.flatMap(({ candidates }) => candidates.map(({ truth }) => truth!));
  for (const value of VALUES) {
    const good = all.filter((truth) => truth[value]! >= GOOD).length / all.length;
    expect(good, value).toBeGreaterThan(0.3);
    expect(good, value).toBeLessThan(0.95);
  }
  const harmful = worlds.filter(({ prompt }) => readRequest(prompt).harmful);
  const truths = harmful.flatMap(({ candidates }) => candidates.map(({ truth }) => truth!));
  const mean = (value: "helpful" | "harmless") =>
    truths.reduce((sum, truth) => sum + truth[value]!, 0) / truths.length;
  const [a, b] = [mean("helpful"), mean("harmless")];
  const covariance = truths.reduce((sum, t) => sum + (t.helpful! - a) * (t.harmless! - b), 0);
  expect(covariance).toBeLessThan(0);
  const conflict = truths.filter(({ helpful, harmless }) => helpful! >= GOOD !== harmless! >= GOOD).length;
  expect(conflict / truths.length).toBeGreaterThan(0.5);
});

import { describe, expect, test } from "vitest";
import { promptHash, split } from "../../preferences/index.ts";
import { fitCommittee } from "../disagreement.ts";
import { makePairs } from "../pairs.fixture.ts";
import { AskedPairs, chooseQuestions, informationLeft } from "./choose-questions.ts";
import { makeSets } from "./pool.fixture.ts";
import type { PlannedQuestion, PoolEntry } from "./question.ts";

const pool: PoolEntry[] = makeSets(60).map((set) => ({ ...set, part: split(set.promptHash, 1) }));
const responseOf = (entry: PoolEntry, id: string) => entry.candidates.find((c) => c.id === id)!.response;
const entryOf = (question: PlannedQuestion) =>
  pool.find((entry) => entry.promptHash === question.promptHash)!;
const pairKey = (question: PlannedQuestion) =>
  [question.promptHash, ...[question.a, question.b].sort()].join(" ");
const shared = { round: 2, perRound: 20, seed: 1 } as const;
const pairs = makePairs(40).map((pair) => ({ ...pair, promptHash: promptHash(pair.prompt) }));
const committee = await fitCommittee(pairs, { value: "helpful", members: 4, l2: 0.01, seed: 1 });

describe("chooseQuestions", () => {
  test("a fifth is random and at prompts of the test part, the rest by disagreement at the others", async () => {
    const questions = await chooseQuestions(pool, new AskedPairs(), {
      ...shared,
      by: "disagreement",
      committee,
    });
    expect(questions).toHaveLength(20);
    const test = questions.filter(({ part }) => part === "test");
    expect(test).toHaveLength(4);
    for (const question of questions) {
      expect(question.part).toBe(split(question.promptHash, 1));
      expect(question.by).toBe(question.part === "test" ? "random" : "disagreement");
      expect(question.information !== undefined).toBe(question.by === "disagreement");
    }
    expect(questions.map(({ question }) => question)).toEqual(
      Array.from({ length: 20 }, (_, k) => `2.${k + 1}`),
    );
    expect(new Set(questions.map(({ promptHash }) => promptHash)).size).toBe(20);
  });

  test("what is asked tells more than what is left", async () => {
    const asked = new AskedPairs();
    const questions = await chooseQuestions(pool, asked, { ...shared, by: "disagreement", committee });
    const chosen = questions.flatMap(({ information }) => information ?? []);
    for (const question of questions) {
      const entry = entryOf(question);
      asked.add(question.promptHash, responseOf(entry, question.a), responseOf(entry, question.b));
    }
    const left = (await informationLeft(pool, asked, committee))!;
    expect(chosen.reduce((sum, x) => sum + x, 0) / chosen.length).toBeGreaterThan(left);
  });

  test("pairs are drawn in proportion to their information", async () => {
    const [first, second] = pool.filter(({ part }) => part === "train");
    const test = pool.find(({ part }) => part === "test")!;
    const two = [first!, second!].map((entry) => ({ ...entry, candidates: entry.candidates.slice(0, 2) }));
    // both, in one round of three: what each is worth
    const both = await chooseQuestions([test, ...two], new AskedPairs(), {
      ...shared,
      perRound: 3,
      by: "disagreement",
      committee,
    });
    const worth = (hash: string) => both.find(({ promptHash }) => promptHash === hash)!.information!;
    const [x, y] = [worth(first!.promptHash), worth(second!.promptHash)];
    let firsts = 0;
    const rounds = 2000;
    for (let round = 1; round <= rounds; round++) {
      const questions = await chooseQuestions([test, ...two], new AskedPairs(), {
        ...shared,
        round,
        perRound: 2,
        by: "disagreement",
        committee,
      });
      if (questions.some(({ promptHash }) => promptHash === first!.promptHash)) firsts += 1;
    }
    const p = x / (x + y);
    expect(Math.abs(firsts / rounds - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / rounds));
  });

  test("without models all is random; the same seed gives the same questions, another one others", async () => {
    const choose = (seed: number) =>
      chooseQuestions(pool, new AskedPairs(), { ...shared, seed, by: "disagreement", committee: undefined });
    const first = await choose(1);
    expect(first.every(({ by, information }) => by === "random" && information === undefined)).toBe(true);
    expect(await choose(1)).toEqual(first);
    expect((await choose(3)).map(pairKey)).not.toEqual(first.map(pairKey));
  });

  test("no pair is asked twice, whichever way round, until none is left", async () => {
    const asked = new AskedPairs();
    const seen = new Set<string>();
    for (let round = 1; ; round++) {
      const questions = await chooseQuestions(pool, asked, {
        ...shared,
        perRound: 50,
        round,
        by: "disagreement",
        committee,
      });
      if (questions.length === 0) break;
      for (const question of questions) {
        expect(seen.has(pairKey(question))).toBe(false);
        seen.add(pairKey(question));
        const entry = entryOf(question);
        asked.add(question.promptHash, responseOf(entry, question.b), responseOf(entry, question.a));
      }
    }
    expect(seen.size).toBe(60 * 6);
  });

  test("which response is shown first is a toss of a coin", async () => {
    const questions = await chooseQuestions(pool, new AskedPairs(), {
      ...shared,
      perRound: 200,
      by: "random",
      committee: undefined,
    });
    const swapped = questions.filter(({ a, b }) => a > b).length;
    expect(swapped).toBeGreaterThan(60);
    expect(swapped).toBeLessThan(140);
  });
});

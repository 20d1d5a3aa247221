import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readPairs, split } from "../../preferences/index.ts";
import { loadRewardModel } from "../model-directory.ts";
import { makePairs } from "../pairs.fixture.ts";
import { trainNgram } from "../train.ts";
import { Collection, type CollectionOptions } from "./collection.ts";
import { judgeTone, makeSets } from "./pool.fixture.ts";
import type { Question } from "./question.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "allgood-collection-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const sets = makeSets(60);
const options = (folder: string, more: Partial<CollectionOptions> = {}): CollectionOptions => ({
  folder: join(root, folder),
  identity: "test",
  value: "helpful",
  sets,
  rounds: 3,
  perRound: 25,
  by: "disagreement",
  seed: 1,
  ...more,
});

/** Answers up to `limit` questions. */
async function answer(collection: Collection, limit = Number.POSITIVE_INFINITY): Promise<Question[]> {
  const asked: Question[] = [];
  for (let question = await collection.next(); question; question = await collection.next()) {
    if (asked.length >= limit) break;
    await collection.judge(question, judgeTone(question));
    asked.push(question);
  }
  await collection.close();
  return asked;
}

async function bytesOf(folder: string): Promise<Record<string, string>> {
  const names = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const pairs = files.map(
    async (file) => [file.slice(join(root, folder).length), await readFile(file, "base64")] as const,
  );
  return Object.fromEntries((await Promise.all(pairs)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe("a collection", () => {
  let asked: Question[];
  let whole: Collection;
  beforeAll(async () => {
    whole = await Collection.open(options("whole"));
    asked = await answer(whole);
  });

  test("asks all rounds, learns from each, and says what it taught", () => {
    expect(asked).toHaveLength(75);
    expect(whole.finished).toBe(true);
    expect(whole.rounds.map(({ round }) => round)).toEqual([1, 2, 3]);
    const { preferred, ties, skipped } = whole.answers;
    expect(preferred + ties).toBe(75);
    expect({ skipped, someTies: ties > 0 }).toEqual({ skipped: 0, someTies: true });
    const [first, , last] = whole.rounds;
    expect(first!.questions).toEqual({ random: 25, disagreement: 0 });
    expect(last!.questions).toEqual({ random: 5, disagreement: 20 });
    expect(last!.pairs.train + last!.pairs.test).toBe(preferred);
    expect(last!.heldOut!.pairs).toBe(last!.pairs.test);
    expect(last!.information.before).toBeGreaterThan(last!.information.left!);
  });

  test("writes pairs that the readers know, and the model that `reward train` makes of them", async () => {
    const { pairs, formats } = await readPairs([join(root, "whole", "preferences.jsonl")]);
    expect(Object.values(formats)).toEqual(["trl-explicit"]);
    expect(pairs).toHaveLength(whole.answers.preferred);
    const trained = await trainNgram(pairs, { seed: 1 });
    const model = await loadRewardModel(join(root, "whole", "model"));
    expect((model as unknown as { weights: Float32Array }).weights).toEqual(trained.model.weights);
    expect(model.info.heldOut).toEqual(whole.rounds.at(-1)!.heldOut);
    for (const hash of model.trainingPrompts) expect(split(hash, 1)).toBe("train");
  });

  test("left after any number of answers and opened again, comes to the same bytes", async () => {
    const expected = await bytesOf("whole");
    for (const [k, stops] of [
      [1, 13, 11, 20],
      [25, 1, 24, 25],
      [0, 74],
    ].entries()) {
      const name = `stopped${k}`;
      for (const stop of stops) await answer(await Collection.open(options(name)), stop);
      await answer(await Collection.open(options(name)));
      expect(await bytesOf(name)).toEqual(expected);
    }
  });

  test("what a kill left half-done is dropped: a torn line, a pair without its record, a model ahead of its round", async () => {
    await answer(await Collection.open(options("torn")), 30);
    await appendFile(join(root, "torn", "judgements.jsonl"), '{"question":"2.');
    await appendFile(join(root, "torn", "preferences.jsonl"), '{"id":"helpful.2.6","prom');
    await writeFile(join(root, "torn", "model", "weights.safetensors"), "half");
    await answer(await Collection.open(options("torn")));
    expect(await bytesOf("torn")).toEqual(await bytesOf("whole"));
  });

  test("an answer is taken back within its round, never across", async () => {
    const collection = await Collection.open(options("undo"));
    const first = (await collection.next())!;
    expect(await collection.undo()).toBe(false);
    await collection.judge(first, "a");
    expect(await collection.undo()).toBe(true);
    expect((await collection.next())!.question).toBe(first.question);
    expect(collection.answers.preferred).toBe(0);
    expect(await readFile(join(root, "undo", "preferences.jsonl"), "utf8")).toBe("");
    for (let k = 0; k < 25; k++) {
      const question = (await collection.next())!;
      await collection.judge(question, judgeTone(question));
    }
    expect((await collection.next())!.round).toBe(2);
    expect(await collection.undo()).toBe(false);
    await collection.close();
    const pairs = await readFile(join(root, "undo", "preferences.jsonl"), "utf8");
    const reference = await readFile(join(root, "whole", "preferences.jsonl"), "utf8");
    expect(reference.startsWith(pairs)).toBe(true);
  });

  test("skipped questions teach nothing and are not asked again", async () => {
    const collection = await Collection.open(options("skipped", { rounds: 2 }));
    for (let question = await collection.next(); question; question = await collection.next()) {
      await collection.judge(question, "skip");
    }
    await collection.close();
    expect(collection.answers).toEqual({ preferred: 0, ties: 0, skipped: 50 });
    expect(collection.rounds.map(({ untrained }) => untrained)).toEqual([
      expect.stringContaining("no pair to train on"),
      expect.stringContaining("no pair to train on"),
    ]);
  });

  test("ends when no pair is left", async () => {
    const collection = await Collection.open(options("few", { sets: makeSets(20, 2), rounds: 9 }));
    expect(await answer(collection)).toHaveLength(20);
    expect(collection.finished).toBe(true);
  });

  test("learns from earlier pairs from the first round on", async () => {
    const earlier = { pairs: makePairs(50), data: [] };
    const collection = await Collection.open(options("earlier", { earlier, rounds: 1 }));
    await answer(collection);
    expect(collection.rounds[0]!.questions.disagreement).toBe(20);
    const { pairs, heldOut } = collection.rounds[0]!;
    expect(pairs.train + pairs.test).toBe(50 + collection.answers.preferred);
    // measured on this collection's own random questions alone
    expect(heldOut!.pairs).toBeLessThan(pairs.test);
  });

  test("refuses too few prompts, responses that are all the same, another collection's folder, a changed file", async () => {
    await expect(Collection.open(options("x", { sets: makeSets(5) }))).rejects.toThrow(/too few prompts/);
    const same = sets.map((set) => ({
      ...set,
      candidates: set.candidates.map((c) => ({ ...c, response: "" })),
    }));
    await expect(Collection.open(options("x", { sets: same }))).rejects.toThrow(/0 prompts to learn from/);
    await expect(Collection.open(options("whole", { identity: "other" }))).rejects.toThrow(/other input/);
    await answer(await Collection.open(options("changed")), 3);
    await appendFile(join(root, "changed", "questions.jsonl"), '{"question":7}\n');
    await expect(Collection.open(options("changed"))).rejects.toThrow(/questions\.jsonl:26/);
  });
});

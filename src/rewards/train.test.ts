import { describe, expect, test } from "vitest";
import { split } from "../preferences/index.ts";
import { LENGTH_INDEX } from "./features.ts";
import { groupedFolds } from "./folds.ts";
import { makePairs } from "./pairs.fixture.ts";
import { trainNgram } from "./train.ts";

describe("training", () => {
  test("learns what people like, and says how well", async () => {
    const { model, info, trainingPrompts } = await trainNgram(makePairs(200), { seed: 1 });
    expect(info.heldOut.accuracy).toBe(1);
    expect(info.heldOut.pairs + info.training.pairs).toBe(200);
    expect(info.overLength.ci95[0]).toBeGreaterThan(0);
    expect(info.training.gradientNorm).toBeLessThanOrEqual(1e-6);
    expect(trainingPrompts.every((hash) => split(hash, 1) === "train")).toBe(true);
    const prompt = makePairs(1)[0]!.prompt;
    const [good, bad] = await model.score([
      { prompt, response: "river kindly stone" },
      { prompt, response: "river grumpy stone" },
    ]);
    expect(good).toBeGreaterThan(bad!);
  });

  test("with the same seed gives the same weights, with another one other parts", async () => {
    const pairs = makePairs(120, { lengthBias: 0.5 });
    const [one, two] = await Promise.all([1, 1].map((seed) => trainNgram(pairs, { seed })));
    expect(two!.model.weights).toEqual(one!.model.weights);
    expect(two!.info).toEqual(one!.info);
    const other = await trainNgram(pairs, { seed: 2 });
    expect(other.trainingPrompts).not.toEqual(one!.trainingPrompts);
  });

  test("fits a temperature that makes contradicting pairs less certain", async () => {
    const [clear, mixed] = await Promise.all(
      [0, 0.6].map((lengthBias) => trainNgram(makePairs(300, { lengthBias }), { seed: 1 })),
    );
    expect(mixed!.info.calibration.negativeLogLikelihoodAfter).toBeGreaterThan(
      clear!.info.calibration.negativeLogLikelihoodAfter,
    );
    expect(mixed!.info.calibration.atBound).toBe(false);
  });

  test("under length control gives length no weight and prefers longer responses less", async () => {
    const pairs = makePairs(400, { lengthBias: 0.9 });
    const plain = await trainNgram(pairs, { seed: 1 });
    const controlled = await trainNgram(pairs, { seed: 1, lengthControl: true });
    expect(plain.model.weights[LENGTH_INDEX]).not.toBe(0);
    expect(controlled.model.weights[LENGTH_INDEX]).toBe(0);
    expect(controlled.info.prefersLonger!.model).toBeLessThan(plain.info.prefersLonger!.model);
  });

  test("scores one item as it does a batch, in order, and finite for odd text", async () => {
    const { model } = await trainNgram(makePairs(60), { seed: 1 });
    const prompt = [{ role: "user" as const, content: "\ud800 q" }];
    const items = ["", " ", "kindly", "😀\u0000", "x".repeat(50_000)].map((response) => ({
      prompt,
      response,
    }));
    const batch = await model.score(items);
    expect([...batch].every(Number.isFinite)).toBe(true);
    for (const [i, item] of items.entries()) expect((await model.score([item]))[0]).toBe(batch[i]);
    expect([...(await model.score([...items].reverse()))].reverse()).toEqual([...batch]);
    expect(await model.score([])).toHaveLength(0);
  });

  test("keeps to one half of the prompts, and tests on the same others", async () => {
    const pairs = makePairs(200);
    const [one, two, both] = await Promise.all([
      trainNgram(pairs, { seed: 3, half: 1 }),
      trainNgram(pairs, { seed: 3, half: 2 }),
      trainNgram(pairs, { seed: 3 }),
    ]);
    expect([...one.trainingPrompts, ...two.trainingPrompts].sort()).toEqual(both.trainingPrompts);
    expect(one.info.heldOut.pairs).toBe(both.info.heldOut.pairs);
    expect(one.info.half).toBe(1);
  });

  test("takes a given penalty", async () => {
    const { info } = await trainNgram(makePairs(60), { seed: 1, l2: 0.02 });
    expect(info.l2).toBe(0.02);
    expect(info.training.crossValidation).toHaveLength(1);
  });

  test("counts margins and weights", async () => {
    const pairs = makePairs(80);
    const plain = await trainNgram(pairs, { seed: 1, l2: 0.01 });
    const margins = await trainNgram(
      pairs.map((pair) => ({ ...pair, margin: 1 })),
      { seed: 1, l2: 0.01 },
    );
    const size = ({ model }: typeof plain) => model.weights.reduce((sum, w) => sum + w * w, 0);
    expect(size(margins)).toBeGreaterThan(size(plain));
    const doubled = await trainNgram(
      pairs.map((pair) => ({ ...pair, weight: 2 })),
      { seed: 1, l2: 0.01 },
    );
    for (const j of [LENGTH_INDEX, LENGTH_INDEX - 1])
      expect(doubled.model.weights[j]).toBeCloseTo(plain.model.weights[j]!, 6);
  });

  test("stops when it is told to", async () => {
    const abort = new AbortController();
    abort.abort(new Error("enough"));
    await expect(trainNgram(makePairs(60), { seed: 1, signal: abort.signal })).rejects.toThrow("enough");
  });

  test("refuses no pairs, too few, several values, and pairs that don't count", async () => {
    await expect(trainNgram([], { seed: 1 })).rejects.toThrow("no pair to train on");
    await expect(trainNgram(makePairs(5), { seed: 1 })).rejects.toThrow("at least 10 prompts");
    const mixed = [...makePairs(20), ...makePairs(20, { value: "harmless" })];
    await expect(trainNgram(mixed, { seed: 1 })).rejects.toThrow('"helpful", "harmless"');
    const weightless = makePairs(50).map((pair) => ({ ...pair, weight: 0 }));
    await expect(trainNgram(weightless, { seed: 1 })).rejects.toThrow("all of weight 0");
    // one prompt, in the test part: what is missing is prompts
    const single = makePairs(50).map((pair) => ({
      ...pair,
      prompt: [{ role: "user" as const, content: "q" }],
    }));
    const refusal = await trainNgram(single, { seed: 1 }).catch((error: Error) => error.message);
    expect(refusal).toMatch(/found 0 prompts to train on, 50 pairs to test on, expected/);
  });
});

describe("folds", () => {
  test("tear no group apart, are even, and don't depend on the order of the rows", () => {
    const groups = Array.from({ length: 60 }, (_, i) => `g${i % 23}`);
    const fold = groupedFolds(groups, 5, 1);
    const of = new Map(groups.map((group, i) => [group, fold[i]]));
    for (const [i, group] of groups.entries()) expect(fold[i]).toBe(of.get(group));
    const sizes = [0, 1, 2, 3, 4].map((f) => [...of.values()].filter((found) => found === f).length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    expect([...groupedFolds([...groups].reverse(), 5, 1)].reverse()).toEqual([...fold]);
    expect(() => groupedFolds(["a", "a"], 5, 1)).toThrow("two prompts");
  });
});

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { promptHash, split } from "../../preferences/index.ts";
import { loadRewardModel } from "../model-directory.ts";
import { makePairs } from "../pairs.fixture.ts";
import { trainNgram } from "../train.ts";
import { saveTransformers } from "./directory.ts";
import { trainTransformer } from "./train.ts";
import type { TransformerTraining, TransformerTrainOptions } from "./training.ts";
import { makeModel, tokenizer } from "./trunk.fixture.ts";

const options = (more: Partial<TransformerTrainOptions> = {}): TransformerTrainOptions => ({
  seed: 1,
  trunk: makeModel(),
  tokenizer,
  length: 48,
  session: { threads: 1 },
  ...more,
});
const pairs = makePairs(200);
const harmless = makePairs(100, { value: "harmless", seed: 2 }).map((pair) => ({
  ...pair,
  // the opposite taste, so that one head can't serve both
  chosen: pair.rejected,
  rejected: pair.chosen,
}));

let root = "";
let one: TransformerTraining;
let two: TransformerTraining;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "allgood-transformer-"));
  one = await trainTransformer(pairs, options());
  two = await trainTransformer([...pairs, ...harmless], options());
  await saveTransformers(join(root, "one"), one, () => []);
  await saveTransformers(join(root, "two"), two, () => []);
});
afterAll(() => rm(root, { recursive: true, force: true }));

test("learns what people like, and says how well, in parts and blended", () => {
  const [{ info, trainingPrompts }] = one.models as [TransformerTraining["models"][0]];
  expect(info.heldOut.accuracy).toBeGreaterThan(0.9);
  expect(info.heldOut.pairs + info.training.pairs).toBe(200);
  expect(info.parts!.transformer.accuracy).toBeGreaterThan(0.65);
  expect(info.parts!.ngram.accuracy).toBeGreaterThan(0.9);
  expect(info.parts!.overNgram.value).toBeCloseTo(info.heldOut.accuracy - info.parts!.ngram.accuracy, 12);
  expect(info.training.tuning).toBeNull();
  expect(trainingPrompts.every((hash) => split(hash, 1) === "train")).toBe(true);
});

test("a trunk that says nothing leaves the n-gram model, whose accuracy the blend keeps", async () => {
  const trunk = makeModel();
  const dumb = { ...trunk, weights: new Map([...trunk.weights].map(([name, w]) => [name, w.map(() => 0)])) };
  const mixed = makePairs(200, { lengthBias: 0.3 });
  const { models } = await trainTransformer(mixed, options({ trunk: dumb }));
  const { parts, heldOut, training } = models[0]!.info;
  expect(training.blend!.ngram).toBeGreaterThan(0);
  expect(heldOut.accuracy).toBeGreaterThanOrEqual(parts!.ngram.accuracy - 0.03);
});

test("alone, without n-grams", async () => {
  const { models } = await trainTransformer(pairs, options({ ngram: false }));
  const { model, info } = models[0]!;
  expect(info).toMatchObject({ base: null, parts: null, training: { blend: null } });
  expect(model.base).toBeUndefined();
  expect(info.heldOut).toEqual(one.models[0]!.info.parts!.transformer);
});

describe("tuning the trunk", () => {
  const tuning = { epochs: 6, batch: 8, learningRate: 1e-2 };
  test("starts from the fitted heads and keeps the best update", async () => {
    const { trunk, models } = await trainTransformer(pairs, options({ tuning, ngram: false }));
    const { info } = models[0]!;
    const { measured, step, cutPairs } = info.training.tuning!;
    expect(measured[0]!.loss).toBeLessThan(Math.LN2);
    expect(step).toBeGreaterThan(0);
    expect(measured.find((at) => at.step === step)!.loss).toBe(Math.min(...measured.map(({ loss }) => loss)));
    expect(cutPairs).toBeLessThan(info.training.pairs / 4);
    expect(info.heldOut.accuracy).toBeGreaterThan(0.9);
    expect(trunk.model.weights).not.toEqual(one.trunk.model.weights);
  });

  test("where nothing becomes better, the trunk stays as it was", async () => {
    const worse = { ...tuning, epochs: 1, learningRate: 10 };
    const { trunk, models } = await trainTransformer(pairs, options({ tuning: worse }));
    const { step, steps } = models[0]!.info.training.tuning!;
    expect([step, steps]).toEqual([0, expect.any(Number)]);
    expect(steps).toBeGreaterThan(0);
    expect(trunk.model.weights.get("layers.0.up.weight")).toEqual(
      one.trunk.model.weights.get("layers.0.up.weight"),
    );
  });

  test("says when it diverges", async () => {
    const wild = options({ tuning: { learningRate: 1e38 } });
    await expect(trainTransformer(makePairs(40), wild)).rejects.toThrow(/diverged.*lower learning rate/);
  });
});

test("the trunk that was given stays as it was", async () => {
  const trunk = makeModel();
  const before = structuredClone(trunk.weights);
  await trainTransformer(makePairs(40), options({ trunk, tuning: { epochs: 1 } }));
  expect(trunk.weights).toEqual(before);
});

test("the same seed gives the same bytes", async () => {
  const again = await trainTransformer(pairs, options());
  await saveTransformers(join(root, "again"), again, () => []);
  for (const name of ["model.json", "head.safetensors", "prompts.txt", "trunk/model.safetensors"]) {
    expect(await readFile(join(root, "again", name))).toEqual(await readFile(join(root, "one", name)));
  }
});

test("several values share a trunk and have a head each", async () => {
  expect(two.models.map(({ info }) => info.value)).toEqual(["harmless", "helpful"]);
  for (const { info } of two.models) expect(info.heldOut.accuracy).toBeGreaterThan(0.8);
  expect((await readdir(join(root, "two"))).sort()).toEqual(["harmless", "helpful", "trunk"]);
  const [a, b] = await Promise.all(
    ["harmless", "helpful"].map((name) => loadRewardModel(join(root, "two", name))),
  );
  expect((a as { trunk?: unknown }).trunk).toBe((b as { trunk?: unknown }).trunk);
  const { prompt, chosen } = pairs[0]!;
  const item = [{ prompt, response: chosen }];
  expect((await a!.score(item))[0]).toBeLessThan((await b!.score(item))[0]!);
});

describe("a model directory", () => {
  test("gives back the model that was saved", async () => {
    const items = makePairs(20, { seed: 5 }).map(({ prompt, chosen }) => ({ prompt, response: chosen }));
    const loaded = await loadRewardModel(join(root, "one"));
    expect(loaded).toMatchObject({ name: join(root, "one"), value: "helpful", info: one.models[0]!.info });
    expect([...loaded.trainingPrompts]).toEqual(one.models[0]!.trainingPrompts);
    expect(await loaded.score(items)).toEqual(await one.models[0]!.model.score(items));
  });

  test.each([
    ["trunk/model.safetensors", /not the one that its model\.json names/],
    ["trunk/tokenizer.json", /not the one that its model\.json names/],
    ["head.safetensors", /not the one that its model\.json names/],
  ])("refuses a changed %s", async (name, message) => {
    const file = join(root, "again", name);
    const bytes = await readFile(file);
    const changed = Buffer.from(bytes);
    changed[changed.length - 1]! ^= 1;
    await writeFile(file, changed);
    await expect(loadRewardModel(join(root, "again"))).rejects.toThrow(message);
    await writeFile(file, bytes);
    await loadRewardModel(join(root, "again"));
  });

  test("refuses a trunk from anywhere else", async () => {
    const file = join(root, "again", "model.json");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace('"folder": "trunk"', '"folder": "/etc"'));
    await expect(loadRewardModel(join(root, "again"))).rejects.toThrow(/trunk\.folder/);
    await writeFile(file, text);
  });
});

test("a blend is the weighted sum of its parts, stored and loaded", async () => {
  const mixed = makePairs(120, { lengthBias: 0.3 });
  const ngram = await trainNgram(mixed, { seed: 1 });
  const [both, alone] = await Promise.all([
    trainTransformer(mixed, options()),
    trainTransformer(mixed, options({ ngram: false })),
  ]);
  const items = mixed.slice(0, 10).map(({ prompt, chosen }) => ({ prompt, response: chosen }));
  const { model, info } = both.models[0]!;
  const { blend } = info.training;
  const [rewards, a, b] = await Promise.all(
    [model, ngram.model, alone.models[0]!.model].map((of) => of.score(items)),
  );
  for (const [i, reward] of rewards!.entries()) {
    expect(reward).toBeCloseTo(blend!.ngram * a![i]! + blend!.transformer * b![i]!, 4);
  }
  expect(info.parts!.ngram).toEqual(ngram.info.heldOut);
  expect(info.parts!.likelihoodGain.value).toBeCloseTo(
    ngram.info.calibration.negativeLogLikelihoodAfter - info.calibration.negativeLogLikelihoodAfter,
    9,
  );
  expect(info.base).toMatchObject({ l2: ngram.info.l2 });
  await saveTransformers(join(root, "based"), both, () => []);
  expect(await (await loadRewardModel(join(root, "based"))).score(items)).toEqual(rewards);
});

test("refuses a trunk that has seen the test part, no pairs, and too few", async () => {
  const seen = new Set(pairs.map(({ prompt }) => promptHash(prompt)));
  await expect(trainTransformer(pairs, options({ trunkPrompts: seen }))).rejects.toThrow(
    /no evidence.*same --seed/,
  );
  await expect(trainTransformer([], options())).rejects.toThrow("no pair to train on");
  await expect(trainTransformer(makePairs(5), options())).rejects.toThrow("at least 10 prompts");
});

test("stops when it is told to", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(trainTransformer(makePairs(40), options({ signal }))).rejects.toThrow("enough");
});

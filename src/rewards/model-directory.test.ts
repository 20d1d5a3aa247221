import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { writeSafetensors } from "../models/index.ts";
import { DIMENSION } from "./features.ts";
import { loadRewardModel, saveRewardModel } from "./model-directory.ts";
import type { ModelInfo } from "./model-info.ts";
import type { NgramModel } from "./ngram-model.ts";
import { makePairs } from "./pairs.fixture.ts";
import { type TrainedModel, trainNgram } from "./train.ts";

let root: string;
let trained: TrainedModel;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "allgood-model-"));
  trained = await trainNgram(makePairs(60, { lengthBias: 0.3 }), { seed: 1 });
});
afterAll(() => rm(root, { recursive: true }));

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(root, "m-")), "deep", "model");
  await saveRewardModel(folder, trained, []);
});

const edit = async (change: (info: ModelInfo) => unknown) => {
  const file = join(folder, "model.json");
  const info = JSON.parse(await readFile(file, "utf8")) as ModelInfo;
  await writeFile(file, JSON.stringify(change(info) ?? info));
};

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Writes weights that model.json names correctly. */
const replaceWeights = async (indices: readonly number[], values: Float32Array) => {
  const file = join(folder, "weights.safetensors");
  await writeSafetensors(file, [
    { name: "indices", shape: [indices.length], values: () => Float32Array.from(indices) },
    { name: "values", shape: [values.length], values: () => values },
  ]);
  const hash = sha256(await readFile(file));
  await edit((info) => {
    info.weights.sha256 = hash;
  });
};

describe("a model directory", () => {
  test("gives back the model that was saved", async () => {
    const model = await loadRewardModel(folder);
    expect(model).toMatchObject({ name: folder, value: "helpful" });
    expect((model as NgramModel).weights).toEqual(trained.model.weights);
    expect([...model.trainingPrompts]).toEqual(trained.trainingPrompts);
    expect(model.info.heldOut).toEqual(trained.info.heldOut);
    expect(model.sha256).toBe(sha256(await readFile(join(folder, "model.json"))));
    const items = makePairs(20, { seed: 5 }).map(({ prompt, chosen }) => ({ prompt, response: chosen }));
    expect(await model.score(items)).toEqual(await trained.model.score(items));
  });

  test("has the same bytes for the same model, and no other file", async () => {
    const other = join(root, "again");
    const again = await trainNgram(makePairs(60, { lengthBias: 0.3 }), { seed: 1 });
    await saveRewardModel(other, again, []);
    expect((await readdir(folder)).sort()).toEqual(["model.json", "prompts.txt", "weights.safetensors"]);
    for (const name of await readdir(folder)) {
      expect(await readFile(join(other, name))).toEqual(await readFile(join(folder, name)));
    }
  });

  test("refuses a folder that holds no model", async () => {
    await expect(loadRewardModel(root)).rejects.toThrow(/model\.json: .*no such file.*reward train --out/);
  });

  test("refuses files that were changed", async () => {
    await writeFile(join(folder, "prompts.txt"), "0000000000000000\n");
    await expect(loadRewardModel(folder)).rejects.toThrow(/prompts\.txt: this file is not the one/);
    await rm(join(folder, "weights.safetensors"));
    await expect(loadRewardModel(folder)).rejects.toThrow(/weights\.safetensors|prompts\.txt/);
  });

  test.each<[string, (info: ModelInfo) => unknown, RegExp]>([
    ["another format", (info) => ({ ...info, format: "x" }), /field "format"/],
    [
      "a temperature of 0",
      (info) => ({ ...info, calibration: { ...info.calibration, temperature: 0 } }),
      /calibration\.temperature/,
    ],
    ["a missing field", ({ heldOut: _, ...info }) => info, /field "heldOut"/],
    ["another feature map", (info) => ({ ...info, features: "ngram/0" }), /another feature map.*"ngram\/0"/],
    ["another dimension", (info) => ({ ...info, dimension: 12 }), /another feature map/],
  ])("refuses %s", async (_, change, message) => {
    await edit(change);
    await expect(loadRewardModel(folder)).rejects.toThrow(message);
  });

  test("refuses what is not JSON", async () => {
    await writeFile(join(folder, "model.json"), "{");
    await expect(loadRewardModel(folder)).rejects.toThrow(/model\.json: this is not JSON/);
  });

  test.each<[string, number[], Float32Array, RegExp]>([
    ["NaN", [1], Float32Array.of(Number.NaN), /weight 1 = NaN/],
    ["an infinite weight", [1], Float32Array.of(Number.POSITIVE_INFINITY), /weight 1 = Infinity/],
    ["an index out of range", [DIMENSION], Float32Array.of(1), /out of range/],
    ["half an index", [0.5], Float32Array.of(1), /weight 0\.5 = 1/],
    ["fewer values than indices", [1, 2], Float32Array.of(1), /as many of each/],
  ])("refuses %s", async (_, indices, values, message) => {
    await replaceWeights(indices, values);
    await expect(loadRewardModel(folder)).rejects.toThrow(message);
  });

  test("refuses a folder that can't be written", async () => {
    const file = join(root, "file");
    await writeFile(file, "");
    await expect(saveRewardModel(join(file, "model"), trained, [])).rejects.toThrow(/can't write/);
  });
});

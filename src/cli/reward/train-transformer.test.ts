import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { loadRewardModel, type TransformerInfo } from "../../rewards/index.ts";
import { makePairs } from "../../rewards/pairs.fixture.ts";
import { captureOutput } from "../captured-output.fixture.ts";
import { run } from "../run.ts";

const jsonl = (rows: unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
const pairs = makePairs(120);
const rowsOf = (swap: boolean) =>
  pairs.map(({ prompt, chosen, rejected }) => ({
    prompt,
    chosen: swap ? rejected : chosen,
    rejected: swap ? chosen : rejected,
  }));

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const quick = ["--model", "transformer", "--threads", "1"];
const train = (...args: string[]) => run(["reward", "train", ...quick, "--trunk", at("lm"), ...args]);

const printed = captureOutput();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-reward-transformer-"));
  await writeFile(at("helpful.jsonl"), jsonl(rowsOf(false)));
  await writeFile(at("harmless.jsonl"), jsonl(rowsOf(true)));
  const size = "--dim 16 --layers 1 --heads 2 --vocab 330 --context 48 --batch 8 --threads 1".split(" ");
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  expect(
    await run([
      "lm",
      "train",
      "--data",
      at("helpful.jsonl"),
      "--sides",
      "both",
      "--out",
      at("lm"),
      ...size,
      "--steps",
      "20",
    ]),
  ).toBe(0);
  for (const value of ["helpful", "harmless"]) {
    const args = ["--value", value, "--data", at(`${value}.jsonl`), "--out", at(value), "--json"];
    expect(await train(...args)).toBe(0);
  }
});
afterAll(() => rm(folder, { recursive: true }));

test("trains on a trunk, calibrates and tests, and writes what it says", async () => {
  expect(
    await train("--value", "helpful", "--data", at("helpful.jsonl"), "--out", at("again"), "--json"),
  ).toBe(0);
  const result = JSON.parse(printed.stdout) as TransformerInfo;
  expect(result).toMatchObject({
    kind: "transformer",
    value: "helpful",
    trunk: { folder: "trunk", features: "pooled/1" },
    training: { tuning: null },
  });
  expect(result.heldOut.accuracy).toBeGreaterThan(0.8);
  expect(result.calibration.temperature).toBeGreaterThan(0);
  expect((await loadRewardModel(at("again"))).info.heldOut).toEqual(result.heldOut);
  expect((await readdir(at("again"))).sort()).toEqual([
    "head.safetensors",
    "model.json",
    "ngram.safetensors",
    "prompts.txt",
    "trunk",
  ]);
  // the same bytes for the same seed
  expect(await readFile(at("again", "model.json"))).toEqual(await readFile(at("helpful", "model.json")));
});

test("says how its parts do, tunes when asked, and warns of a trunk that read the chosen side alone", async () => {
  const data = ["--value", "helpful", "--data", at("helpful.jsonl")];
  expect(await train(...data, "--out", at("said"))).toBe(0);
  expect(printed.stdout).toMatch(/n-grams alone +\d\.\d+ \[.*\ntransformer alone +\d\.\d+.*\nover n-grams/);
  expect(printed.stderr).not.toMatch(/rejected/);
  printed.stdout = "";
  const tune = ["--tune", "--epochs", "1", "--batch", "8", "--no-ngram", "--json"];
  expect(await train(...data, ...tune, "--out", at("tuned"))).toBe(0);
  const { training, base } = JSON.parse(printed.stdout) as TransformerInfo;
  expect(training.tuning!.steps).toBeGreaterThan(0);
  expect(base).toBeNull();
  const size = "--dim 16 --layers 1 --heads 2 --vocab 330 --context 48 --batch 8 --threads 1 --steps 1".split(
    " ",
  );
  expect(await run(["lm", "train", "--data", at("helpful.jsonl"), "--out", at("one-sided"), ...size])).toBe(
    0,
  );
  printed.stderr = "";
  expect(await train(...data, "--trunk", at("one-sided"), "--out", at("warned"))).toBe(0);
  expect(printed.stderr).toMatch(/not the rejected ones.*lm train --sides both/);
});

test("several values share a trunk, with a file each", async () => {
  const files = [at("helpful.jsonl"), at("harmless.jsonl")];
  expect(
    await train("--value", "helpful", "harmless", "--data", ...files, "--out", at("both"), "--json"),
  ).toBe(0);
  const { models } = JSON.parse(printed.stdout) as { models: (TransformerInfo & { model: string })[] };
  expect(models.map(({ value, model }) => [value, model])).toEqual([
    ["harmless", at("both", "harmless")],
    ["helpful", at("both", "helpful")],
  ]);
  for (const { heldOut, trunk } of models) {
    expect(trunk.folder).toBe("../trunk");
    expect(heldOut.accuracy).toBeGreaterThan(0.7);
  }
});

test("reward eval, score, calibrate and best-of-k take it like any other", async () => {
  const models = [at("helpful"), at("harmless")];
  expect(await run(["reward", "eval", "--model", models[0]!, "--data", at("helpful.jsonl"), "--json"])).toBe(
    0,
  );
  expect(JSON.parse(printed.stdout).models[0].heldOut.accuracy).toBeGreaterThan(0.8);
  const samples = pairs
    .slice(0, 20)
    .flatMap(({ prompt, chosen, rejected }) =>
      [chosen, rejected, `${chosen} ${rejected}`].map((response) => ({ prompt, response })),
    );
  await writeFile(at("samples.jsonl"), jsonl(samples));
  expect(
    await run(["score", "--model", ...models, "--data", at("samples.jsonl"), "--out", at("scores.jsonl")]),
  ).toBe(0);
  const scored = (await readFile(at("scores.jsonl"), "utf8"))
    .trimEnd()
    .split("\n")
    .map((row) => JSON.parse(row));
  expect(scored).toHaveLength(60);
  const direct = await (await loadRewardModel(models[0]!)).score(samples);
  expect(Object.values(scored[7])).toContain(direct[7]);
  const data = ["--data", at("samples.jsonl")];
  expect(
    await run([
      "calibrate",
      "--model",
      ...models,
      ...data,
      "--goal",
      "helpful and harmless",
      "--out",
      at("objective.json"),
    ]),
  ).toBe(0);
  const align = [
    "align",
    "best-of-k",
    "--objective",
    at("objective.json"),
    "--candidates",
    at("samples.jsonl"),
  ];
  expect(await run([...align, "--out", at("chosen")])).toBe(0);
  expect(await readdir(at("chosen"))).toContain("chosen.jsonl");
});

describe("bad input", () => {
  const data = ["--data", "x.jsonl", "--out", "y"];
  test.each<[string, string[], RegExp]>([
    ["no trunk", ["--model", "transformer", "--value", "a", ...data], /needs --trunk/],
    ["n-grams of two values", ["--value", "a", "b", ...data], /an n-gram model is of one value/],
    [
      "fewer files than values",
      [...quick, "--trunk", "t", "--value", "a", "b", ...data],
      /2 values need a file each/,
    ],
    ["a value twice", [...quick, "--trunk", "t", "--value", "a", "a", ...data], /names a value twice/],
    ["an unknown kind", ["--model", "magic", "--value", "a", ...data], /choices are ngram, transformer/],
  ])("%s is a wrong call", async (_, args, message) => {
    expect(await run(["reward", "train", ...args])).toBe(2);
    expect(printed.stderr).toMatch(message);
  });

  test("a trunk that was trained with another seed has seen the test part", async () => {
    const args = ["--value", "helpful", "--data", at("helpful.jsonl"), "--out", at("leak"), "--seed", "2"];
    expect(await train(...args)).toBe(1);
    expect(printed.stderr).toMatch(/was trained on prompts of the test part of "helpful".*same --seed/);
    await expect(readdir(at("leak"))).rejects.toThrow("ENOENT");
  });

  test("a trunk that is not there", async () => {
    expect(
      await run([
        "reward",
        "train",
        ...quick,
        "--trunk",
        at("none"),
        "--value",
        "a",
        "--data",
        at("helpful.jsonl"),
        "--out",
        at("x"),
      ]),
    ).toBe(1);
    expect(printed.stderr).toMatch(/no such file/);
  });
});

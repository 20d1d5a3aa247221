import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { loadRewardModel } from "../../rewards/index.ts";
import { makePairs } from "../../rewards/pairs.fixture.ts";
import { captureOutput } from "../captured-output.fixture.ts";
import type { EvalResult } from "../reward/evaluate.ts";
import type { TrainResult } from "../reward/train.ts";
import { run } from "../run.ts";

const jsonl = (rows: unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
const rowsOf = (pairs: ReturnType<typeof makePairs>, swap = false) =>
  pairs.map(({ prompt, chosen, rejected }) => ({
    prompt,
    chosen: swap ? rejected : chosen,
    rejected: swap ? chosen : rejected,
  }));

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-reward-"));
  const pairs = makePairs(200, { lengthBias: 0.3 });
  await writeFile(at("helpful.jsonl"), jsonl(rowsOf(pairs)));
  // at the same prompts, the other response is preferred
  await writeFile(at("harmless.jsonl"), jsonl(rowsOf(pairs, true)));
  printed.stdout = "";
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  for (const value of ["helpful", "harmless"]) {
    await run([
      "reward",
      "train",
      "--value",
      value,
      "--data",
      at(`${value}.jsonl`),
      "--out",
      at("models", value),
    ]);
  }
  vi.restoreAllMocks();
});
afterAll(() => rm(folder, { recursive: true }));
const printed = captureOutput();

const train = (...args: string[]) => run(["reward", "train", "--value", "helpful", ...args]);

describe("allgood reward train", () => {
  test("--json prints one document: held out, length, calibration", async () => {
    expect(await train("--data", at("helpful.jsonl"), "--out", at("m"), "--seed", "1", "--json")).toBe(0);
    const result = JSON.parse(printed.stdout) as TrainResult;
    expect(result.heldOut).toMatchObject({ pairs: expect.any(Number), accuracy: expect.any(Number) });
    expect(result.heldOut.ci95).toHaveLength(2);
    expect(result.lengthBaseline.accuracy).toBeLessThan(result.heldOut.accuracy);
    expect(result.calibration).toMatchObject({
      temperature: expect.any(Number),
      eceBefore: expect.any(Number),
      eceAfter: expect.any(Number),
    });
    expect(result.data).toMatchObject([
      { file: "helpful.jsonl", pairs: 200, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    expect((await loadRewardModel(at("m"))).info.heldOut).toEqual(result.heldOut);
    expect(printed.stderr).toBe("");
  });

  test("gives the same bytes for the same seed, wherever the data lies", async () => {
    await writeFile(at("elsewhere.jsonl"), await readFile(at("helpful.jsonl")));
    expect(await train("--data", at("helpful.jsonl"), "--out", at("b"))).toBe(0);
    for (const name of await readdir(at("b"))) {
      expect(await readFile(at("b", name))).toEqual(await readFile(at("models", "helpful", name)));
    }
  });

  test("takes halves, length control and a penalty", async () => {
    const options = ["--half", "2", "--length-control", "--l2", "0.01", "--json"];
    expect(await train("--data", at("helpful.jsonl"), "--out", at("h"), ...options)).toBe(0);
    expect(JSON.parse(printed.stdout)).toMatchObject({ half: 2, lengthControl: true, l2: 0.01 });
  });

  test("stops at a bad row, or skips and counts it", async () => {
    await writeFile(
      at("bad.jsonl"),
      `${jsonl(rowsOf(makePairs(60)))}{"prompt":"x","chosen":3,"rejected":"y"}\n`,
    );
    expect(await train("--data", at("bad.jsonl"), "--out", at("bad"))).toBe(1);
    expect(printed.stderr).toMatch(/bad\.jsonl:61: .*chosen/);
    await expect(readdir(at("bad"))).rejects.toThrow("ENOENT");
    expect(await train("--data", at("bad.jsonl"), "--out", at("bad"), "--skip-bad", "--json")).toBe(0);
    expect(JSON.parse(printed.stdout)).toMatchObject({ bad: 1 });
  });

  test.each([
    ["an empty file", "empty.jsonl", Buffer.from(""), "empty"],
    [
      "gzip that is cut off",
      "cut.jsonl.gz",
      gzipSync(jsonl(rowsOf(makePairs(60)))).subarray(0, 200),
      "cut off",
    ],
    ["wrong columns", "columns.jsonl", Buffer.from('{"a":1}\n'), "no known preference format"],
    ["too few pairs", "few.jsonl", Buffer.from(jsonl(rowsOf(makePairs(4)))), "too few pairs"],
  ])("says what is wrong with %s", async (_, name, bytes, message) => {
    await writeFile(at(name), bytes);
    expect(await train("--data", at(name), "--out", at("none"))).toBe(1);
    expect(printed.stderr).toContain(message);
    await expect(readdir(at("none"))).rejects.toThrow("ENOENT");
  });

  test.each([
    [["--trunk", "somewhere"], /--trunk is an option of --model transformer/],
    [["--tune"], /--tune is an option of --model transformer/],
    [["--no-ngram"], /--no-ngram is an option of --model transformer/],
    [["--model", "transformer", "--trunk", "x", "--l2", "1"], /--l2 is an option of --model ngram/],
    [["--model", "transformer", "--length-control"], /--length-control is an option of --model ngram/],
  ])("refuses an option of the other kind of model: %j", async (args, message) => {
    expect(await train("--data", at("helpful.jsonl"), "--out", at("never"), ...args)).toBe(2);
    expect(printed.stderr).toMatch(message);
  });

  test("says why no pair is left, and of which file", async () => {
    const same = Array.from({ length: 3 }, (_, i) => ({ prompt: `p${i}`, chosen: "x", rejected: "x" }));
    await writeFile(at("same.jsonl"), jsonl(same));
    expect(await train("--data", at("same.jsonl"), "--out", at("never"))).toBe(1);
    expect(printed.stderr).toMatch(
      /same\.jsonl: no pair of "helpful" to train on \(found 3 left out: chosen and rejected are the same text\)/,
    );
    const model = ["--model", at("models", "helpful")];
    expect(await run(["reward", "eval", ...model, "--data", at("same.jsonl")])).toBe(1);
    expect(printed.stderr).toMatch(/no pair to evaluate on.*data inspect/);
  });

  test("refuses a value that no goal could name, and a half that is none", async () => {
    const rest = ["--data", at("helpful.jsonl"), "--out", at("none")];
    expect(await run(["reward", "train", "--value", "not good", ...rest])).toBe(2);
    expect(await train(...rest, "--half", "3")).toBe(2);
  });
});

const evaluate = (...args: string[]) => run(["reward", "eval", ...args]);

describe("allgood reward eval", () => {
  test("of one model on its own data is what training measured", async () => {
    expect(await evaluate("--model", at("models", "helpful"), "--data", at("helpful.jsonl"), "--json")).toBe(
      0,
    );
    const result = JSON.parse(printed.stdout) as EvalResult;
    const { info } = await loadRewardModel(at("models", "helpful"));
    expect(result.heldOut).toEqual(info.heldOut);
    expect(result.lengthBaseline).toEqual(info.lengthBaseline);
    expect(result.calibration).toMatchObject({
      temperature: info.calibration.temperature,
      eceAfter: info.calibration.eceAfter,
    });
    expect(result.seen).toBe(info.training.pairs);
  });

  test("crosses every model with every file, without the prompts it has seen", async () => {
    const data = ["--data", at("helpful.jsonl"), at("harmless.jsonl")];
    const models = ["--model", at("models", "helpful"), at("models", "harmless")];
    expect(await evaluate(...models, ...data, "--json")).toBe(0);
    const { matrix, models: own } = JSON.parse(printed.stdout) as EvalResult;
    expect(matrix.map(({ model, pairsOf }) => `${model} on ${pairsOf}`)).toEqual([
      "helpful on helpful",
      "helpful on harmless",
      "harmless on helpful",
      "harmless on harmless",
    ]);
    for (const { model, pairsOf, accuracy, pairs, seen } of matrix) {
      expect(accuracy > 0.5).toBe(model === pairsOf);
      expect(pairs + seen).toBe(200);
    }
    expect(own.map(({ value }) => value)).toEqual(["helpful", "harmless"]);
  });

  test("--part all counts what was seen, --part test the test part", async () => {
    const both = ["--model", at("models", "helpful"), "--data", at("helpful.jsonl"), "--json"];
    expect(await evaluate(...both, "--part", "all")).toBe(0);
    expect((JSON.parse(printed.stdout) as EvalResult).heldOut!.pairs).toBe(200);
    printed.stdout = "";
    expect(await evaluate(...both, "--part", "test")).toBe(0);
    const { info } = await loadRewardModel(at("models", "helpful"));
    expect((JSON.parse(printed.stdout) as EvalResult).heldOut).toEqual(info.heldOut);
  });

  test("says so where nothing is left that the model has not seen", async () => {
    const { trainingPrompts } = await loadRewardModel(at("models", "helpful"));
    const { promptHash } = await import("../../preferences/index.ts");
    const seen = makePairs(200, { lengthBias: 0.3 }).filter(({ prompt }) =>
      trainingPrompts.has(promptHash(prompt)),
    );
    await writeFile(at("seen.jsonl"), jsonl(rowsOf(seen)));
    expect(await evaluate("--model", at("models", "helpful"), "--data", at("seen.jsonl"))).toBe(1);
    expect(printed.stderr).toMatch(/no pair is left.*--part all/);
  });

  test("gives sections and subsets for data in RewardBench form", async () => {
    const rows = rowsOf(makePairs(40, { seed: 9 })).map(({ prompt, ...row }, i) => ({
      prompt: prompt[0]!.content,
      ...row,
      subset: i < 10 ? "math-prm" : i < 30 ? "hep-go" : "alpacaeval-easy",
      id: i,
    }));
    await writeFile(at("bench.jsonl"), jsonl(rows));
    expect(await evaluate("--model", at("models", "helpful"), "--data", at("bench.jsonl"), "--json")).toBe(0);
    const { benchmark } = JSON.parse(printed.stdout) as EvalResult;
    expect(benchmark.map(({ section, subset, pairs }) => [section, subset, pairs])).toEqual([
      ["Chat", undefined, 10],
      ["Chat", "alpacaeval-easy", 10],
      ["Reasoning", undefined, 30],
      ["Reasoning", "math-prm", 10],
      ["Reasoning", "hep-go", 20],
    ]);
  });

  test("names the folder that is no model", async () => {
    expect(await evaluate("--model", at("nowhere"), "--data", at("helpful.jsonl"))).toBe(1);
    expect(printed.stderr).toMatch(/nowhere\/model\.json.*no such file/);
  });

  test("prints a table", async () => {
    expect(await evaluate("--model", at("models", "helpful"), "--data", at("harmless.jsonl"))).toBe(0);
    expect(printed.stdout).toContain("model of  pairs of");
  });
});

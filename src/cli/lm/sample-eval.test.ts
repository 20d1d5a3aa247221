import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { smallGpt2 } from "../../models/configs.fixture.ts";
import { createHfTokenizer, saveModel, type Tokenizer, trainBpe } from "../../models/index.ts";
import { randomWeights } from "../../models/random-weights.fixture.ts";
import { logProbs, referenceForward } from "../../models/reference-forward.fixture.ts";
import { captureOutput } from "../captured-output.fixture.ts";
import { run } from "../run.ts";

const config = { ...smallGpt2, vocabSize: 280, context: 30 };
const weights = randomWeights(config, 1);
const text = "the cat sat on the mat, and the dog sat on the cat by the door of the house";
let tokenizer: Tokenizer;
let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-lm-"));
  tokenizer = createHfTokenizer(await trainBpe([text], { vocabSize: 280 }));
  await saveModel(at("model"), { config, weights, tokens: { bos: null, eos: [tokenizer.eos!], pad: null } });
  await tokenizer.save(at("model"));
  await writeFile(at("text.jsonl"), `${JSON.stringify({ text })}\n${JSON.stringify({ text: "the cat" })}\n`);
});
afterAll(() => rm(folder, { recursive: true }));
const printed = captureOutput();

const sample = (...args: string[]) =>
  run(["lm", "sample", "--model", at("model"), "--threads", "1", ...args]);

test("one sample: text, tokens, log-probs, and why it ended", async () => {
  expect(await sample("--prompt", "the cat", "--max-new-tokens", "5", "--temperature", "0", "--json")).toBe(
    0,
  );
  const found = JSON.parse(printed.stdout);
  expect(found).toMatchObject({ prompt: "the cat", stopReason: "length" });
  expect(found.tokens).toHaveLength(5);
  const ids = [...tokenizer.encode("the cat"), ...found.tokens];
  const last = logProbs(referenceForward(config, weights, ids).at(-2)!);
  expect(found.logProbs[4]).toBeCloseTo(last[ids.at(-1)!]!, 4);
  expect(Math.max(...last)).toBe(last[ids.at(-1)!]);
  expect(found.meanLogProb).toBeCloseTo(found.logProbs.reduce((a: number, b: number) => a + b) / 5, 10);
});

test("several samples, by seed", async () => {
  const args = ["--prompt", "the", "--max-new-tokens", "6", "--n", "3", "--top-k", "9", "--top-p", "0.9"];
  const draw = async (seed: string) => {
    printed.stdout = "";
    expect(await sample(...args, "--seed", seed, "--json")).toBe(0);
    return JSON.parse(printed.stdout);
  };
  const first = await draw("4");
  expect(first.samples).toHaveLength(3);
  expect(await draw("4")).toEqual(first);
  expect(await draw("5")).not.toEqual(first);
});

test("for people: the prompt, what follows, and a line of numbers", async () => {
  expect(await sample("--prompt", "the cat", "--max-new-tokens", "3", "--temperature", "0")).toBe(0);
  expect(printed.stdout).toMatch(
    /^the cat[\s\S]*\n3 tokens, reached --max-new-tokens, mean log-prob -\d+\.\d{3}\n$/,
  );
});

test("a dialogue: the turn of the assistant after that of the user", async () => {
  const options = ["--max-new-tokens", "4", "--temperature", "0", "--json"];
  expect(await sample("--prompt", "hi", "--chat", ...options)).toBe(0);
  const { tokens } = JSON.parse(printed.stdout);
  printed.stdout = "";
  expect(await sample("--prompt", "\n\nHuman: hi\n\nAssistant:", ...options)).toBe(0);
  expect(JSON.parse(printed.stdout).tokens).toEqual(tokens);
  expect(tokens).toHaveLength(4);
});

describe("bad input", () => {
  test("a prompt longer than the context", async () => {
    expect(await sample("--prompt", "zq".repeat(20))).toBe(1);
    expect(printed.stderr).toMatch(/leaves no room.*40 tokens.*at most 29/);
    expect(printed.stderr).not.toMatch(/\n\s+at /);
  });
  test("a model that is not there", async () => {
    expect(await run(["lm", "sample", "--model", at("nothing"), "--prompt", "x"])).toBe(1);
    expect(printed.stderr).toContain(at("nothing"));
  });
  test("a tokenizer that is larger than the embedding", async () => {
    const other = createHfTokenizer(
      await trainBpe([text.repeat(3), "many other words make more merges possible"], { vocabSize: 300 }),
    );
    expect(other.vocabSize).toBeGreaterThan(280);
    await other.save(at("larger"));
    expect(await sample("--prompt", "x", "--tokenizer", at("larger"))).toBe(1);
    expect(printed.stderr).toMatch(/does not fit the model/);
  });
  test.each([
    ["--temperature", "-1"],
    ["--temperature", "warm"],
    ["--top-k", "0"],
    ["--top-p", "0"],
    ["--top-p", "1.5"],
    ["--min-p", "2"],
    ["--max-new-tokens", "0"],
    ["--n", "0"],
  ])("%s %s is a usage error", async (option, value) => {
    expect(await sample("--prompt", "x", option, value)).toBe(2);
    expect(printed.stderr).toContain(option);
  });
});

test("eval: the mean loss of every token but the first, by plain loops", async () => {
  const args = ["--data", at("text.jsonl"), "--threads", "1", "--json"];
  expect(await run(["lm", "eval", "--model", at("model"), ...args])).toBe(0);
  const found = JSON.parse(printed.stdout);
  let [sum, tokens] = [0, 0];
  for (const part of [text, "the cat"]) {
    const ids = [...tokenizer.encode(part), tokenizer.eos!];
    // windows of the context that share one token
    for (let start = 0; start + 1 < ids.length; start += config.context - 1) {
      const window = ids.slice(start, start + config.context);
      const scores = referenceForward(config, weights, window).map(logProbs);
      for (let t = 1; t < window.length; t++) sum -= scores[t - 1]![window[t]!]!;
      tokens += window.length - 1;
    }
  }
  expect(tokens).toBeGreaterThan(config.context);
  expect(found).toMatchObject({ tokens, texts: 2 });
  expect(found.loss).toBeCloseTo(sum / tokens, 4);
  expect(found.perplexity).toBeCloseTo(Math.exp(found.loss), 6);
});

test("eval: files without text are refused", async () => {
  await writeFile(at("empty.txt"), "\n");
  expect(await run(["lm", "eval", "--model", at("model"), "--data", at("empty.txt")])).toBe(1);
  expect(printed.stderr).toMatch(/no text/);
});

const stories = new URL("../../../../shared/data/models/stories260K/", import.meta.url).pathname;
const absent = !existsSync(stories);
if (absent) console.warn(`skipped: ${stories} is not there`);

describe.skipIf(absent)("a checkpoint of llama2.c", () => {
  const model = ["--model", `${stories}stories260K.bin`, "--prompt", "Once upon a time"];

  test("tells a story", async () => {
    const args = ["--tokenizer", `${stories}tok512.bin`, "--max-new-tokens", "64", "--temperature", "0"];
    expect(await run(["lm", "sample", ...model, ...args, "--json"])).toBe(0);
    const found = JSON.parse(printed.stdout);
    expect(found.tokens).toHaveLength(64);
    expect(found.text).toMatch(/^,? there was a /);
    expect(found.meanLogProb).toBeGreaterThan(-0.6);
  });

  test("without its tokenizer: which option is missing", async () => {
    expect(await run(["lm", "sample", ...model])).toBe(2);
    expect(printed.stderr).toMatch(/--tokenizer/);
  });
});

import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadModel, loadTokenizer } from "../../models/index.ts";
import { promptHash, split } from "../../preferences/index.ts";
import { makePairs } from "../../rewards/pairs.fixture.ts";
import { captureOutput } from "../captured-output.fixture.ts";
import { run } from "../run.ts";
import type { SourceText, TextOptions } from "./texts.ts";
import { readTexts } from "./texts.ts";

const jsonl = (rows: unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
const sentence = (i: number) =>
  `The ${["red", "blue", "green"][i % 3]} bird number ${i} sings in the ${i % 2 ? "tree" : "sky"}.`;
const rows = Array.from({ length: 120 }, (_, i) => ({ text: sentence(i) }));
const pairs = makePairs(60);
const small = [
  "--dim",
  "16",
  "--layers",
  "1",
  "--heads",
  "2",
  "--vocab",
  "300",
  "--context",
  "24",
  "--batch",
  "4",
  "--threads",
  "1",
];

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const train = (...args: string[]) => run(["lm", "train", ...args]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-lm-train-"));
  await writeFile(at("rows.jsonl"), jsonl(rows));
  await writeFile(
    at("pairs.jsonl"),
    jsonl(pairs.map(({ prompt, chosen, rejected }) => ({ prompt, chosen, rejected }))),
  );
  await writeFile(
    at("asked.jsonl"),
    jsonl(rows.map(({ text }, i) => ({ prompt: `bird ${i}?`, completion: text }))),
  );
  await writeFile(at("bad.jsonl"), jsonl([...rows.slice(0, 30), { text: 7 }, ...rows.slice(30)]));
  const book = Array.from({ length: 400 }, (_, i) => sentence(i)).join("\n\n");
  await writeFile(at("book.txt"), book);
  await writeFile(at("book.txt.gz"), gzipSync(book));
});
afterAll(() => rm(folder, { recursive: true }));
const printed = captureOutput();

test("from scratch: a model that can be loaded, a falling held-out loss, one document of results", async () => {
  const args = [
    "--data",
    at("rows.jsonl"),
    "--out",
    at("new"),
    ...small,
    "--steps",
    "40",
    "--lr",
    "0.01",
    "--held-out",
    "0.2",
  ];
  expect(await train(...args, "--json")).toBe(0);
  const result = JSON.parse(printed.stdout);
  expect(result).toMatchObject({ model: at("new"), steps: 40, vocabulary: 300 });
  expect(result.texts.train + result.texts.heldOut).toBe(120);
  expect(result.heldOut.lossBefore).toBeCloseTo(Math.log(300), 0);
  expect(result.heldOut.lossAfter).toBeLessThan(0.8 * result.heldOut.lossBefore);
  const { config } = await loadModel(at("new"));
  expect(config).toMatchObject({ dim: 16, layers: 1, vocabSize: 300, context: 24, activation: "gated-silu" });
  const record = JSON.parse(await readFile(at("new", "run.json"), "utf8"));
  expect(record).toMatchObject({
    command: "lm train",
    settings: { steps: 40, seed: 1 },
    result: { steps: 40 },
  });
  expect(record.data[0].file).toBe("rows.jsonl");
  expect((await readFile(at("new", "metrics.jsonl"), "utf8")).trimEnd().split("\n")).toHaveLength(40);

  // once it is there, it is not written over by accident, and goes on only as it began
  expect(await train(...args)).toBe(1);
  expect(printed.stderr).toMatch(/there is a run in this folder already.*--resume/);
  printed.stderr = "";
  expect(await train(...args, "--resume", "--lr", "0.02")).toBe(1);
  expect(printed.stderr).toMatch(/started with something else \(field "lr", found 0.02, expected 0.01\)/);
  printed.stderr = "";
  expect(await train(...args.with(1, at("asked.jsonl")), "--resume")).toBe(1);
  expect(printed.stderr).toMatch(/started with something else \(field "data"/);
  printed.stdout = "";
  expect(await train(...args, "--resume", "--json")).toBe(0);
  expect(JSON.parse(printed.stdout).heldOut).toEqual(result.heldOut);
});

test("from a model: its tokenizer and shape, all weights or an adapter", async () => {
  const base = [
    "--data",
    at("rows.jsonl"),
    "--out",
    at("base"),
    ...small,
    "--shape",
    "gpt2",
    "--steps",
    "4",
    "--held-out",
    "0.2",
  ];
  expect(await train(...base)).toBe(0);
  const more = [
    "--data",
    at("book.txt"),
    "--model",
    at("base"),
    "--steps",
    "4",
    "--batch",
    "4",
    "--threads",
    "1",
    "--held-out",
    "0.2",
  ];
  expect(await train(...more, "--out", at("tuned"), "--json")).toBe(0);
  expect(JSON.parse(printed.stdout.split("\n").at(-2)!).parameters).toBeGreaterThan(0);
  expect(await readFile(at("tuned", "tokenizer.json"))).toEqual(await readFile(at("base", "tokenizer.json")));
  printed.stdout = "";
  expect(
    await train(...more, "--out", at("adapted"), "--lora-rank", "2", "--lora-targets", "query,up", "--json"),
  ).toBe(0);
  const { parameters, trained } = JSON.parse(printed.stdout);
  expect(trained).toBe(2 * (16 + 16 + 16 + 64));
  expect(parameters).toBeGreaterThan(trained);
  expect(await readdir(at("adapted"))).toContain("adapter.safetensors");
  const [before, after] = [await loadModel(at("base")), await loadModel(at("adapted"))];
  const changed = [...after.weights].filter(([name, values]) =>
    values.some((x, i) => x !== before.weights.get(name)![i]),
  );
  expect(changed.map(([name]) => name)).toEqual(["layers.0.query.weight", "layers.0.up.weight"]);
});

test("a run goes on from the model that it began with, wherever that lies, and from no other", async () => {
  const size = ["--data", at("rows.jsonl"), ...small, "--held-out", "0.2", "--steps", "1"];
  expect(await train(...size, "--out", at("start"))).toBe(0);
  expect(await train(...size, "--out", at("other"), "--seed", "2")).toBe(0);
  const args = [
    "--data",
    at("book.txt"),
    "--out",
    at("went-on"),
    "--held-out",
    "0.2",
    "--steps",
    "2",
    "--batch",
    "4",
    "--threads",
    "1",
  ];
  expect(await train(...args, "--model", at("start"))).toBe(0);
  const { base } = JSON.parse(await readFile(at("went-on", "run.json"), "utf8")) as {
    base: { file: string }[];
  };
  expect(base.map(({ file }) => file)).toEqual([
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
  ]);
  expect(await train(...args, "--model", at("other"), "--resume")).toBe(1);
  expect(printed.stderr).toMatch(/started with something else \(field "model"/);
  printed.stderr = "";
  expect(await train(...args, "--resume")).toBe(1);
  expect(printed.stderr).toMatch(/started with something else \(field "model", found undefined/);
  await cp(at("start"), at("moved"), { recursive: true });
  expect(await train(...args, "--model", at("moved"), "--resume")).toBe(0);
  expect(await train(...args, "--model", at("nowhere"), "--resume")).toBe(1);
  expect(printed.stderr).toMatch(/nowhere: can't read it: no such file/);
});

test("preferences: the chosen side, and the test part of reward models is held out", async () => {
  expect(
    await train(
      "--data",
      at("pairs.jsonl"),
      "--out",
      at("prefs"),
      ...small,
      "--steps",
      "2",
      "--learn",
      "response",
      "--json",
    ),
  ).toBe(0);
  const prompts = (await readFile(at("prefs", "prompts.txt"), "utf8")).trimEnd().split("\n");
  const hashes = pairs.map(({ prompt }) => promptHash(prompt));
  expect(prompts).toEqual(hashes.filter((hash) => split(hash, 1) === "train").sort());
  expect(JSON.parse(printed.stdout).texts.heldOut).toBe(60 - prompts.length);
  const tokenizer = await loadTokenizer(at("prefs"));
  expect(tokenizer.renderChat!([{ role: "user", content: "Hi" }], { addGenerationPrompt: true })).toBe(
    "<|user|>Hi<|assistant|>",
  );
});

const hh = new URL("../../../../shared/data/hh-rlhf/helpful-base/test.jsonl.gz", import.meta.url).pathname;
const absent = !existsSync(hh);
if (absent) console.warn(`skipped, because it is absent: ${hh}`);

test.skipIf(absent)("on Anthropic HH the held-out loss falls", async () => {
  const args = "--dim 32 --layers 1 --heads 2 --vocab 512 --context 64 --batch 8 --lr 0.01 --threads 1".split(
    " ",
  );
  const size = ["--steps", "40", "--eval-tokens", "4000"];
  expect(await train("--data", hh, "--out", at("hh"), ...args, ...size, "--json")).toBe(0);
  const { lossBefore, lossAfter } = JSON.parse(printed.stdout).heldOut;
  expect(lossBefore).toBeCloseTo(Math.log(512), 0);
  expect(lossAfter).toBeLessThan(lossBefore - 0.6);
});

describe("texts", () => {
  const options: TextOptions = {
    seed: 1,
    heldOut: 0.1,
    learn: "response",
    sides: "chosen",
    signal: new AbortController().signal,
  };
  const all = async (name: string, more: Partial<TextOptions> = {}) => {
    const found: SourceText[] = [];
    for await (const text of readTexts(at(name), { ...options, ...more })) found.push(text);
    return found;
  };
  const textOf = (text: SourceText) => ("text" in text ? text.text : text.response);

  test("a plain file comes whole, in pieces that go on, gzipped or not", async () => {
    const pieces = await all("book.txt");
    expect(pieces.map(textOf).join("")).toBe(await readFile(at("book.txt"), "utf8"));
    expect(pieces.length).toBeGreaterThan(5);
    expect(pieces.map((piece) => "continues" in piece && piece.continues)).toEqual(
      pieces.map((_, i) => i < pieces.length - 1),
    );
    expect(await all("book.txt.gz")).toEqual(pieces);
  });

  test("prompts with completions are dialogues", async () => {
    const [first] = await all("asked.jsonl");
    expect(first).toMatchObject({
      prompt: [{ role: "user", content: "bird 0?" }],
      response: sentence(0),
      learn: "response",
    });
  });

  test("of preferences the chosen responses, or both sides in an order that does not tell which is which", async () => {
    expect((await all("pairs.jsonl")).map(textOf)).toEqual(pairs.map(({ chosen }) => chosen));
    const both = await all("pairs.jsonl", { sides: "both" });
    const firsts = pairs.filter(({ chosen, rejected }, i) => {
      const [a, b] = both.slice(2 * i, 2 * i + 2).map(textOf);
      expect([a, b].sort()).toEqual([chosen, rejected].sort());
      return a === chosen;
    }).length;
    expect(Math.abs(firsts / pairs.length - 0.5)).toBeLessThan(0.2);
    expect(both.filter(({ heldOut }) => heldOut)).toHaveLength(
      2 * pairs.filter(({ prompt }) => split(promptHash(prompt), 1) === "test").length,
    );
  });

  test("a bad row is said with its place, or left out when asked", async () => {
    await expect(all("bad.jsonl")).rejects.toThrow(
      /bad\.jsonl:31: this row has no text there \(field "text", found 7\)/,
    );
    expect(await all("bad.jsonl", { skipBad: true })).toHaveLength(120);
    await writeFile(at("latin.txt"), Buffer.from([0x61, 0xe9, 0x62]));
    await expect(all("latin.txt")).rejects.toThrow(/not valid UTF-8/);
    await expect(all("absent.txt")).rejects.toThrow(/no such file/);
  });
});

describe("bad input", () => {
  test.each<[string, string[], RegExp, number]>([
    [
      "a head count that does not divide",
      ["--heads", "3"],
      /"--dim", found 16 for 3 heads, expected a multiple of 3/,
      1,
    ],
    ["heads of odd width", ["--heads", "16"], /"--dim\/--heads", found 1, expected an even number/, 1],
    ["a vocabulary without room for bytes", ["--vocab", "100"], /"--vocab", found 100, expected .* 260 /, 1],
    ["an adapter without a model", ["--lora-rank", "2"], /name it with --model/, 2],
    [
      "a shape beside a model",
      ["--model", "x"],
      /brings its own shape: leave out --dim, --layers, --heads, --vocab/,
      2,
    ],
    ["an unknown matrix", ["--lora-targets", "query,head"], /some of query, key/, 2],
    ["no held-out text", ["--held-out", "0.0000001"], /no text is held out/, 1],
    ["more context than text", ["--context", "100000"], /shorter than one sequence/, 1],
  ])("%s", async (name, args, message, code) => {
    expect(
      await train("--data", at("rows.jsonl"), "--out", at(name), ...small, "--held-out", "0.2", ...args),
    ).toBe(code);
    expect(printed.stderr).toMatch(message);
    expect(printed.stdout).toBe("");
    // nothing was trained, so nothing stands in the way of the next try
    printed.stderr = "";
    const next = [
      "--data",
      at("rows.jsonl"),
      "--out",
      at(name),
      ...small,
      "--steps",
      "1",
      "--held-out",
      "0.2",
    ];
    expect(await train(...next)).toBe(0);
  });

  test("a folder with a model of another origin", async () => {
    await mkdir(at("foreign"));
    await writeFile(at("foreign", "model.safetensors"), "mine");
    expect(await train("--data", at("rows.jsonl"), "--out", at("foreign"), ...small)).toBe(1);
    expect(printed.stderr).toMatch(/there is a model in this folder already/);
  });
});

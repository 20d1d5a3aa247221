import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadModel, loadTokenizer } from "../models/index.ts";
import { encodeFor } from "../policies/index.ts";
import { createWorld } from "../world/index.ts";
import { type BasePolicyOptions, trainBasePolicy } from "./base-policy.ts";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-base-"));
});
afterAll(() => rm(folder, { recursive: true }));

const settings = {
  ...{ prompts: 48, responses: 1, heldOut: 8, tokenizerTexts: 48, vocabSize: 400 },
  ...{ dim: 8, layers: 1, heads: 2, hidden: 12, context: 160, rows: 4, length: 96, steps: 12, warmup: 2 },
};
const train = (more: Partial<BasePolicyOptions> = {}) =>
  trainBasePolicy({ folder: at("policy"), seed: 1, settings, session: { threads: 1 }, ...more });

test("a policy in Hugging Face layout that reads dialogues; a second call has nothing to do", async () => {
  const first = await train();
  expect(first).toMatchObject({ reused: false, hash: expect.stringMatching(/^[0-9a-f]{16}$/) });
  // fewer nats than an even guess among the tokens
  const [model, tokenizer] = [await loadModel(at("policy")), await loadTokenizer(at("policy"))];
  expect(first.heldOutLoss).toBeLessThan(Math.log(tokenizer.vocabSize));
  expect(model.config).toMatchObject({ dim: 8, context: 160, vocabSize: tokenizer.vocabSize });
  const [set] = createWorld(1, { prompts: 1, k: 1 }).candidateSets;
  expect(encodeFor("dialogue", tokenizer, set!.prompt).length).toBeGreaterThan(3);
  const { mtimeMs } = await stat(at("policy", "model.safetensors"));
  expect(await train()).toEqual({ ...first, reused: true });
  expect((await stat(at("policy", "model.safetensors"))).mtimeMs).toBe(mtimeMs);
});

test("interrupted, it goes on to the same bytes", async () => {
  const abort = new AbortController();
  const onProgress = (text: string) => {
    if (/step 5\b/.test(text)) abort.abort(new Error("interrupted"));
  };
  const stopped = { folder: at("stopped"), signal: abort.signal, onProgress };
  await expect(train(stopped)).rejects.toThrow("interrupted");
  expect(await train({ folder: at("stopped") })).toMatchObject({ reused: false });
  expect(await readFile(at("stopped", "model.safetensors"))).toEqual(
    await readFile(at("policy", "model.safetensors")),
  );
});

test("one of another seed or of other settings is replaced", async () => {
  const before = await readFile(at("stopped", "model.safetensors"));
  const { hash } = await train({ folder: at("stopped") });
  const other = await train({ folder: at("stopped"), seed: 2 });
  expect(other).toMatchObject({ reused: false });
  expect(other.hash).not.toBe(hash);
  expect(await readFile(at("stopped", "model.safetensors"))).not.toEqual(before);
  const shorter = await train({ folder: at("stopped"), settings: { ...settings, steps: 6 } });
  expect(shorter).toMatchObject({ reused: false });
  expect(new Set([hash, other.hash, shorter.hash]).size).toBe(3);
});

test("a folder that holds something else is refused and left alone", async () => {
  await train({ folder: at("strange") });
  await rm(at("strange", "base-policy.json"));
  const files = await readdir(at("strange"));
  await expect(train({ folder: at("strange") })).rejects.toThrow(/strange: .*holds something else/);
  expect(await readdir(at("strange"))).toEqual(files);
  await writeFile(at("strange", "base-policy.json"), '{"format":"other/1","hash":"x"}');
  await expect(train({ folder: at("strange") })).rejects.toThrow(/not a base policy that we read.*Remove/);
  expect((await readdir(at("strange"))).length).toBe(files.length + 1);
});

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Policy } from "../policies/index.ts";
import { createJudge, readRequest } from "../world/index.ts";
import { baseSamples, PARTS } from "./base-samples.ts";
import { smallSettings } from "./small-settings.fixture.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-samples-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Says which seed and sample it is, and counts the prompts it was asked. */
function fakePolicy(): Policy & { asked: number } {
  const policy = {
    name: "fake",
    asked: 0,
    sample: async (prompts: readonly unknown[], { n, seed }: { n: number; seed: number }) => {
      policy.asked += prompts.length;
      return prompts.map((_, p) =>
        Array.from({ length: n }, (_, i) => ({ text: `No. ${seed} ${p} ${i}`, tokens: 3, ended: true })),
      );
    },
    dispose: async () => undefined,
  };
  return policy;
}

const { sizes } = smallSettings;

test("each part has its prompts and samples with their truth, and shares no prompt with another", async () => {
  const found = await baseSamples(folder, fakePolicy(), sizes, { seed: 3 });
  for (const part of PARTS) {
    expect(found[part]).toHaveLength(sizes[part].prompts);
    for (const { prompt, candidates } of found[part]) {
      expect(candidates).toHaveLength(sizes[part].samples);
      const judge = createJudge(prompt);
      for (const { response, truth } of candidates) expect(truth).toEqual(judge(response));
      expect(readRequest(prompt).intent).toBeDefined();
    }
  }
  const hashes = PARTS.flatMap((part) => found[part].map(({ promptHash }) => promptHash));
  expect(new Set(hashes).size).toBe(hashes.length);
});

test("no two prompts, of one part or of two, are sampled with the same chance", async () => {
  const many = { learn: { prompts: 40, samples: 2 }, align: sizes.align, test: sizes.test };
  const found = await baseSamples(folder, fakePolicy(), many, { seed: 3 });
  const texts = PARTS.flatMap((part) =>
    found[part].flatMap(({ candidates }) => candidates.map(({ response }) => response)),
  );
  expect(new Set(texts).size).toBe(texts.length);
});

test("files that are there are read, and only what is missing is sampled, to the same bytes", async () => {
  const first = await baseSamples(folder, fakePolicy(), sizes, { seed: 3 });
  const bytes = await readFile(join(folder, "align.jsonl"));
  await rm(join(folder, "align.jsonl"));
  const policy = fakePolicy();
  expect(await baseSamples(folder, policy, sizes, { seed: 3 })).toEqual(first);
  expect(policy.asked).toBe(sizes.align.prompts);
  expect(await readFile(join(folder, "align.jsonl"))).toEqual(bytes);
});

test("samples of other prompts or of another number are refused, not taken for the right ones", async () => {
  await baseSamples(folder, fakePolicy(), sizes, { seed: 3 });
  const test = { prompts: sizes.test.prompts, samples: sizes.test.samples + 1 };
  await expect(baseSamples(folder, fakePolicy(), { ...sizes, test }, { seed: 3 })).rejects.toThrow(
    /test\.jsonl: .*other prompts or sizes.*Remove/,
  );
  await expect(baseSamples(folder, fakePolicy(), sizes, { seed: 4 })).rejects.toThrow(/learn\.jsonl/);
});

test("interrupted, it leaves no half of a file", async () => {
  const abort = new AbortController();
  abort.abort(new Error("interrupted"));
  await expect(baseSamples(folder, fakePolicy(), sizes, { seed: 3, signal: abort.signal })).rejects.toThrow(
    "interrupted",
  );
  expect((await baseSamples(folder, fakePolicy(), sizes, { seed: 3 })).learn).toHaveLength(6);
});

import { expect, test } from "vitest";
import type { Policy } from "../policies/index.ts";
import { sampleRows } from "./sample-rows.ts";

const prompts = ["the cat", "a dog"].map((content, row) => ({
  prompt: [{ role: "user" as const, content }],
  promptHash: `hash${row}`,
  row,
}));

/** The notes of sampling from a policy whose k-th sample at every prompt is `text(k)`. */
async function notesOf(text: (k: number) => string, some = prompts): Promise<string[]> {
  const notes: string[] = [];
  const policy: Policy = {
    name: "said",
    sample: async (asked, { n }) =>
      asked.map(() => Array.from({ length: n }, (_, k) => ({ text: text(k), tokens: 1, ended: true }))),
    dispose: async () => {},
  };
  const context = {
    signal: new AbortController().signal,
    note: (note: string) => notes.push(note),
    progress: { show() {}, clear() {} },
  };
  const sampling = { n: 3, maxNewTokens: 8, temperature: 1, seed: 1 };
  for await (const { counts } of sampleRows(policy, some, sampling, context))
    expect(counts.candidates).toBe(3 * some.length);
  return notes;
}

test("a policy that gives one and the same sample at every prompt: the person hears of it", async () => {
  expect(await notesOf(() => "Go away!")).toEqual([
    expect.stringMatching(/all samples are alike.*do_sample/),
  ]);
  expect(await notesOf((k) => (k === 2 ? "Come!" : "Go away!"))).toEqual([]);
  // of one prompt it may well be so
  expect(await notesOf(() => "Paris.", prompts.slice(0, 1))).toEqual([]);
});

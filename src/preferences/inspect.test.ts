import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inspect } from "./inspect.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-inspect-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function inspectRows(rows: readonly unknown[], options: { value?: string } = {}) {
  const path = join(folder, "x.jsonl");
  await writeFile(path, rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row))).join("\n"));
  return inspect(path, { ...options, seed: 1 });
}

const pair = (prompt: string, chosen: string, rejected: string, value = "helpful") => ({
  prompt,
  chosen,
  rejected,
  value,
});

test("counts pairs, prompts, values, duplicates, contradictions, bad rows and what is left out", async () => {
  const found = await inspectRows([
    pair("Q", "long", "b"),
    pair("Q", "long", "b"),
    pair("Q", "b", "long"),
    pair("Q", "b", "long", "harmless"),
    pair("R", "xy", "zw"),
    pair("R", "same", "same"),
    pair("R", "a", "bcd"),
    { prompt: "Q", chosen: 1, rejected: "b" },
    "{oops",
  ]);
  expect(found).toMatchObject({ format: "trl-explicit", rows: 9, badRows: 2 });
  expect(found.badReasons).toHaveLength(2);
  expect(found.badReasons[0]).toContain("x.jsonl:8");
  expect(found.candidates).toBeUndefined();
  expect(found.pairs).toMatchObject({
    pairs: 6,
    prompts: 2,
    duplicates: 1,
    contradictions: 1,
    leftOut: { "chosen and rejected are the same text": 1 },
    duplicateIds: 0,
    lengths: { chosen: { min: 1, median: 1.5, max: 4 }, rejected: { min: 1, q75: 3.75, max: 4 } },
  });
  expect(found.pairs?.chosenLonger?.value).toBeCloseTo(2 / 6, 12);
  expect(found.pairs?.sameLength).toBeCloseTo(1 / 6, 12);
  expect(found.pairs?.values.map(({ value, pairs }) => [value, pairs])).toEqual([
    ["helpful", 5],
    ["harmless", 1],
  ]);
});

test("a contradiction counts once, however often it is repeated", async () => {
  const found = await inspectRows([
    pair("Q", "a", "b"),
    pair("Q", "b", "a"),
    pair("Q", "a", "b"),
    pair("Q", "b", "a"),
    pair("R", "b", "a"),
  ]);
  expect(found.pairs).toMatchObject({ duplicates: 2, contradictions: 1 });
});

test("the interval of the length bias resamples prompts, not pairs", async () => {
  // 50 prompts, each with ten copies of one outcome: as pairs 500, as evidence 50
  const rows = Array.from({ length: 500 }, (_, i) => {
    const prompt = Math.floor(i / 10);
    return prompt % 2 === 0 ? pair(`${prompt}`, "long", `${i % 10}`) : pair(`${prompt}`, `${i % 10}`, "long");
  });
  const { value, ci95 } = (await inspectRows(rows)).pairs!.chosenLonger!;
  expect(value).toBe(0.5);
  // half-width 1.96·√(0.25/50) = 0.139 over prompts, 0.044 over pairs
  expect((ci95[1] - ci95[0]) / 2).toBeGreaterThan(0.1);
  expect((ci95[1] - ci95[0]) / 2).toBeLessThan(0.18);
});

test("one value of several, and no pair left", async () => {
  const rows = [pair("Q", "a", "b"), pair("Q", "same", "same", "harmless")];
  expect((await inspectRows(rows, { value: "helpful" })).pairs?.values).toHaveLength(1);
  expect((await inspectRows(rows, { value: "harmless" })).pairs).toMatchObject({
    pairs: 0,
    prompts: 0,
    values: [],
    chosenLonger: null,
    sameLength: null,
    lengths: null,
  });
});

test("candidates: sets, their sizes, rewards and truth", async () => {
  const found = await inspectRows([
    { prompt: "Q", response: "abc", helpful: 1, "truth.helpful": 1 },
    { prompt: "Q", response: "a", harmless: 2 },
    { prompt: "R", response: "ab" },
  ]);
  expect(found.pairs).toBeUndefined();
  expect(found).toMatchObject({ format: "candidate-rows", rows: 3, badRows: 0 });
  expect(found.candidates).toEqual({
    prompts: 2,
    candidates: 3,
    perPrompt: [1, 2],
    single: 1,
    rewards: ["helpful", "harmless"],
    truth: ["helpful"],
    duplicateIds: 0,
    lengths: { min: 1, q25: 1.5, median: 2, q75: 2.5, max: 3 },
  });
});

test("a format that holds both says both", async () => {
  const responses = { academy: "A", business: "B", entertainment: "EE", literature: "L", normal: "N" };
  const found = await inspectRows([{ query: "Q", responses }]);
  expect(found.pairs).toMatchObject({
    pairs: 6,
    values: [{ value: "creative", chosenLonger: { value: 0.5 } }],
  });
  expect(found.candidates).toMatchObject({ prompts: 1, candidates: 5, truth: ["creative"] });
});

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readRows } from "../io/rows.ts";
import { inspect, readCandidates, readPairs } from "./index.ts";

const pathOf = (name: string) => fileURLToPath(new URL(`../../../shared/data/${name}`, import.meta.url));

/** A test on a public file, which is not part of this repository. */
function onFile(name: string, what: string, check: (path: string) => Promise<void>): void {
  const path = pathOf(name);
  const absent = !existsSync(path);
  if (absent) console.warn(`SKIPPED: ${what}: ${path} is not there`);
  test.skipIf(absent)(`${name}: ${what}`, () => check(path));
}

/** Share of rows whose chosen text after the last "Assistant:" is longer: straight from the rows, without our reader. */
async function shareLonger(path: string): Promise<number> {
  const marker = "\n\nAssistant:";
  const response = (text: string) => text.slice(text.lastIndexOf(marker) + marker.length);
  let rows = 0;
  let longer = 0;
  for await (const row of readRows(path)) {
    const { chosen, rejected } = (row as { value: { chosen: string; rejected: string } }).value;
    rows += 1;
    longer += Number(response(chosen).length > response(rejected).length);
  }
  return longer / rows;
}

describe("Anthropic HH", () => {
  const differs = "the prompt differs between chosen and rejected";
  const files = [
    { name: "helpful-base", rows: 2352, mismatched: 9, longer: 0.596 },
    { name: "harmless-base", rows: 2312, mismatched: 5, longer: 0.442 },
  ];
  for (const { name, rows, mismatched, longer } of files) {
    onFile(`hh-rlhf/${name}/test.jsonl.gz`, "rows, mismatched prompts and length bias", async (path) => {
      const found = await inspect(path, { value: name, seed: 1 });
      expect(found).toMatchObject({ format: "hh", rows, badRows: 0 });
      expect(found.pairs).toMatchObject({ pairs: rows - mismatched, leftOut: { [differs]: mismatched } });
      expect(await shareLonger(path)).toBeCloseTo(longer, 3);
      // leaving the mismatched rows out moves the share by less than their share of the rows
      expect(Math.abs(found.pairs!.chosenLonger!.value - longer)).toBeLessThan(mismatched / rows + 0.0005);
    });
  }
});

onFile(
  "finegrained-rlhf/dev_feedback.json.gz",
  "2,616 decided comparisons of 500 questions",
  async (path) => {
    const { pairs, rows, leftOut } = await readPairs([path], { value: "factual" });
    expect(rows).toBe(500);
    expect(pairs).toHaveLength(1577 + 1039);
    expect(leftOut).toEqual({ "a tie": 384 });
    const { sets } = await readCandidates([path]);
    expect(sets).toHaveLength(500);
    // six comparisons a question, each giving one win in all, spread over three comparisons a prediction
    for (const { candidates } of sets) {
      expect(candidates.reduce((sum, { truth }) => sum + truth!.factual!, 0)).toBeCloseTo(2, 12);
    }
  },
);

onFile("dsp/domain_specific_preference.test.json.gz", "661 prompts, six pairs each", async (path) => {
  const { pairs, leftOut } = await readPairs([path]);
  const same = leftOut["chosen and rejected are the same text"] ?? 0;
  expect(pairs.length + same).toBe(6 * 661);
  expect(new Set(pairs.map(({ value }) => value))).toEqual(new Set(["creative"]));
  const { sets } = await readCandidates([path]);
  expect(sets.map(({ candidates }) => candidates.length)).toEqual(Array(661).fill(5));
});

onFile("dsp/webgpt.test.json.gz", "901 scored pairs", async (path) => {
  const { pairs, rows, leftOut } = await readPairs([path]);
  expect([rows, pairs.length + (leftOut["a tie"] ?? 0)]).toEqual([901, 901]);
});

for (const [name, count] of [
  ["Natural", 100],
  ["Adversarial_Manual", 46],
  ["Adversarial_Neighbor", 134],
] as const) {
  onFile(`llmbar/LLMBar_${name}_dataset.json`, `${count} pairs`, async (path) => {
    expect((await readPairs([path])).pairs).toHaveLength(count);
  });
}

onFile("openai-moderation/samples-1680.jsonl.gz", "labels are not preferences", async (path) => {
  await expect(readPairs([path])).rejects.toThrow("not preferences, but OpenAI moderation labels");
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { promptHash } from "./prompt-hash.ts";
import { readPrompts } from "./read-prompts.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-prompts-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, rows: readonly unknown[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return path;
}

const turn = (content: string) => [{ role: "user" as const, content }];

test("takes prompts from every kind of row, each once", async () => {
  const path = await file("mixed.jsonl", [
    { prompt: "How?", response: "So." },
    { prompt: "How?", chosen: "a", rejected: "b" },
    { prompt: [{ role: "user", content: "Why?" }] },
    {
      messages: [
        { role: "user", content: "Who?" },
        { role: "assistant", content: "I." },
      ],
    },
    { chosen: "\n\nHuman: When?\n\nAssistant: Now.", rejected: "\n\nHuman: When?\n\nAssistant: Later." },
    "Where?",
  ]);
  const { prompts, rows } = await readPrompts([path]);
  expect(rows).toBe(6);
  expect(prompts.map(({ prompt }) => prompt)).toEqual(["How?", "Why?", "Who?", "When?", "Where?"].map(turn));
  expect(prompts[0]!.promptHash).toBe(promptHash(turn("How?")));
});

test("a row without a prompt is named, or counted under skipBad", async () => {
  const path = await file("bad.jsonl", [{ prompt: "How?" }, { text: "no" }, { prompt: 3 }]);
  await expect(readPrompts([path])).rejects.toThrow(/bad\.jsonl:2.*no prompt/s);
  const { prompts, badRows } = await readPrompts([path], { skipBad: true });
  expect({ prompts: prompts.length, badRows }).toEqual({ prompts: 1, badRows: 2 });
  await expect(readPrompts([await file("all.jsonl", [{}])], { skipBad: true })).rejects.toThrow(/every row/);
});

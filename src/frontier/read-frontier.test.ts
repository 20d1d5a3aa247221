import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readFrontier } from "./read-frontier.ts";
import { madeFrontier } from "./rows.fixture.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-frontier-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const rows = madeFrontier({
  methods: [{ method: "LSC AND", allGood: () => 0.3, rl: { "0.3": [1, 2] } }],
  seeds: 1,
});

test("gives back what was written", async () => {
  const file = join(folder, "whole.jsonl");
  await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  expect(await readFrontier(file)).toEqual(rows);
});

test("names file, line and field of what a frontier does not write", async () => {
  const file = join(folder, "odd.jsonl");
  const odd = { ...rows[1], setting: { ...rows[1]!.setting, kind: "worst-of-k" } };
  await writeFile(file, [rows[0], odd].map((row) => `${JSON.stringify(row)}\n`).join(""));
  await expect(readFrontier(file)).rejects.toThrow(/odd\.jsonl:2: not a row of a frontier.*setting\.kind/);
});

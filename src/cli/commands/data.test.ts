import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Outcome } from "../command.ts";
import { registerData } from "./data.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-data-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(...args: string[]): Promise<Outcome> {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  let outcome: Outcome | undefined;
  registerData(program, (found) => {
    outcome = found;
  });
  await program.parseAsync(["data", "inspect", ...args], { from: "user" });
  return outcome!;
}

async function put(name: string, rows: readonly object[], more = ""): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join("") + more);
  return path;
}

const pairs = [
  { prompt: "Q", chosen: "a longer one", rejected: "b", value: "helpful" },
  { prompt: "R", chosen: "c", rejected: "a longer one", value: "harmless" },
];

test("says what is in each file, for people and as JSON", async () => {
  const [one, two] = [
    await put("pairs.jsonl", pairs),
    await put("candidates.jsonl", [{ prompt: "Q", responses: ["x"] }]),
  ];
  const { json, text, exitCode } = await run(one, two);
  expect(exitCode).toBe(0);
  expect(json).toMatchObject({
    files: [
      { file: one, format: "trl-explicit", rows: 2, badRows: 0, pairs: { pairs: 2, prompts: 2 } },
      { file: two, format: "candidates", rows: 1, candidates: { candidates: 1, single: 1 } },
    ],
  });
  expect(text).toMatch(/format +trl-explicit/);
  expect(text).toMatch(/chosen longer +50\.0 %/);
  expect(text).toMatch(/helpful +1 /);
  expect(text).toMatch(/one candidate only +1 prompts/);
});

test("--value picks, --format overrides", async () => {
  const path = await put("picked.jsonl", pairs);
  expect((await run(path, "--value", "helpful")).json).toMatchObject({ files: [{ pairs: { pairs: 1 } }] });
  expect((await run(path, "--format", "trl-explicit")).json).toMatchObject({
    files: [{ format: "trl-explicit" }],
  });
  await expect(run(path, "--value", "kind")).rejects.toThrow("found helpful, harmless");
});

test("bad rows are shown with their reason and end with 1, with --skip-bad with 0", async () => {
  const path = await put(
    "bad.jsonl",
    pairs,
    '{"prompt":"Q","chosen":"\\u001b[31mred","rejected":7}\n{oops\n',
  );
  const { text, exitCode } = await run(path);
  expect(exitCode).toBe(1);
  expect(text).toMatch(/bad rows +2/);
  expect(text).toContain("bad.jsonl:3: the row does not fit the format");
  expect(text).not.toContain("\u001b");
  expect((await run(path, "--skip-bad")).exitCode).toBe(0);
});

test("text from the data can't steer the terminal", async () => {
  const path = await put("escape.jsonl", [{ ...pairs[0], value: "\u001b[2Jhelp\nful" }]);
  const { text } = await run(path);
  expect(text).not.toContain("\u001b");
  expect(text).toMatch(/value +\[2Jhelp ful/);
});

test("a seed that is not a whole number is a usage error", async () => {
  await expect(run(await put("seed.jsonl", pairs), "--seed", "1.5")).rejects.toThrow("whole number");
});

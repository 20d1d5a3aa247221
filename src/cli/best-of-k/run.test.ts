import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { bestOfKBound } from "../../align/best-of-k.ts";
import { makePairs } from "../../rewards/pairs.fixture.ts";
import { captureOutput } from "../captured-output.fixture.ts";
import { run } from "../run.ts";

const jsonl = (rows: unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-best-of-k-"));
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  await writeFile(at("pairs.jsonl"), jsonl(makePairs(80, { lengthBias: 0.3 })));
  for (const half of ["1", "2"]) {
    const args = ["--value", "helpful", "--data", at("pairs.jsonl"), "--half", half];
    await run(["reward", "train", ...args, "--out", at(`half-${half}`)]);
  }
  // prompts of the pairs, so that each model was trained on some of them
  const sets = makePairs(80, { lengthBias: 0.3 }).map(({ prompt, chosen, rejected }) => ({
    prompt,
    responses: [chosen, rejected, `${chosen} and more`],
  }));
  await writeFile(at("candidates.jsonl"), jsonl(sets));
  const args = ["--model", at("half-1"), "--data", at("candidates.jsonl"), "--goal", "helpful"];
  await run(["calibrate", ...args, "--out", at("objective.json")]);
  vi.restoreAllMocks();
});
afterAll(() => rm(folder, { recursive: true }));
const printed = captureOutput();

const bestOfK = (out: string, ...args: string[]) =>
  run([
    ...["align", "best-of-k", "--objective", at("objective.json"), "--candidates", at("candidates.jsonl")],
    ...["--out", at(out), "--json", ...args],
  ]);
const notes = (): string[] => JSON.parse(printed.stdout).evaluation.notes;

test("a judge that is the very model that chose is said to be no judge", async () => {
  expect(await bestOfK("itself", "--judge", at("half-1"))).toBe(0);
  expect(notes()).toContainEqual(expect.stringMatching(/^helpful: the judge is the very reward that chose/));
});

test("a judge that knows the prompts is said to; one that judges nothing is not spoken of", async () => {
  expect(await bestOfK("other", "--judge", at("half-2"))).toBe(0);
  const seen = (await readFile(at("half-2", "prompts.txt"), "utf8")).trim().split("\n").length;
  const all = new Set(makePairs(80, { lengthBias: 0.3 }).map(({ prompt }) => JSON.stringify(prompt))).size;
  expect(notes()).toContain(`helpful: the judge was trained on ${seen} of these ${all} prompts.`);
  printed.stdout = "";
  expect(await bestOfK("unused", "--judge", at("half-1"), "--judged-by", "same-rewards")).toBe(0);
  expect(notes().filter((note) => note.includes("the judge"))).toEqual([]);
});

test("a soft choice near the hard one has its bound", async () => {
  expect(await bestOfK("soft", "--gamma", "1e-6")).toBe(0);
  const { klBound, evaluation } = JSON.parse(printed.stdout);
  expect(klBound).toBeCloseTo(bestOfKBound(3), 12);
  const soft = evaluation.methods.find(({ name }: { name: string }) => name.includes("soft γ"));
  expect(soft.klBound).toBeCloseTo(bestOfKBound(3), 12);
});

test("a wrong --rewards or a changed objective names its file, before anything is written", async () => {
  await writeFile(at("wrong.json"), "{}");
  expect(await bestOfK("never", "--rewards", at("wrong.json"))).toBe(1);
  expect(printed.stderr).toMatch(/wrong\.json: this is not the JSON of "allgood reward eval"/);
  const text = await readFile(at("objective.json"), "utf8");
  await writeFile(at("changed.json"), text.replace('"goal": "helpful"', '"goal": "not helpful"'));
  await writeFile(at("list.json"), "[]");
  for (const [name, message] of [
    ["changed.json", /changed\.json: objective file, field hash: found/],
    ["list.json", /list\.json: objective file: found \[\], expected an object/],
  ] as const) {
    expect(await bestOfK("never", "--objective", at(name))).toBe(1);
    expect(printed.stderr).toMatch(message);
  }
  expect(await readdir(folder)).not.toContain("never");
});

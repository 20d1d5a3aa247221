import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeRows } from "../../io/write.ts";
import { createWorld } from "../../world/index.ts";
import { captureOutput } from "../captured-output.fixture.ts";
import { run } from "../run.ts";

const printed = captureOutput();
let root = "";
const at = (...parts: string[]) => join(root, ...parts);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "allgood-label-"));
  const { candidateSets } = createWorld(1, { prompts: 40, k: 3 });
  const rows = candidateSets.map(({ prompt, candidates }) => ({ prompt, candidates }));
  await writeRows(at("candidates.jsonl"), rows);
  await writeRows(at("few.jsonl"), rows.slice(0, 4));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const label = (out: string, ...more: string[]) =>
  run([
    ...["label", "--value", "helpful", "--candidates", at("candidates.jsonl"), "--rater", "world"],
    ...["--rounds", "1", "--per-round", "15", "--out", at(out), ...more],
  ]);

describe("allgood label", () => {
  test("asks, learns and says so; goes on with more rounds", async () => {
    expect(await label("run", "--json")).toBe(0);
    const first = JSON.parse(printed.stdout) as { finished: boolean; model: string; rounds: unknown[] };
    expect(first).toMatchObject({ finished: true, model: at("run", "model"), answers: { preferred: 15 } });
    printed.stdout = "";
    expect(await label("run", "--resume", "--rounds", "2")).toBe(0);
    expect(printed.stdout).toMatch(/^30 pairs, 0 ties, 0 skipped\n[\s\S]*round +pairs +accuracy/);
  });

  test("an out folder with a run needs --resume, and the same settings and input", async () => {
    await label("again");
    expect(await label("again")).toBe(1);
    expect(printed.stderr).toMatch(/there is a run in this folder already.*--resume/);
    expect(await label("again", "--resume", "--per-round", "16")).toBe(1);
    expect(printed.stderr).toMatch(/begun with something else \(field "perRound", found 16, expected 15\)/);
    await writeFile(at("other.jsonl"), `{"prompt":"x","chosen":"a","rejected":"b"}\n`);
    expect(await label("again", "--resume", "--data", at("other.jsonl"))).toBe(1);
    expect(printed.stderr).toMatch(/field "data"/);
  });

  test("an out folder of something else is left alone", async () => {
    await mkdir(at("foreign", "model"), { recursive: true });
    expect(await label("foreign")).toBe(1);
    expect(printed.stderr).toMatch(/there is a model in this folder already that is of no collection/);
    await mkdir(at("lm"));
    await writeFile(at("lm", "run.json"), '{"format":"allgood-run/1","settings":{}}');
    expect(await label("lm", "--resume")).toBe(1);
    expect(printed.stderr).toMatch(/of another command/);
  });

  test.each([
    [["--value", "brief"], 2, /demo world's raters judge helpful, harmless, factual, creative, not brief/],
    [["--value", "not good"], 2, /a word that a goal sentence can name/],
    [["--per-round", "0"], 2, /a whole number above 0/],
    [["--rounds", "-1"], 2, /a whole number above 0/],
    [["--rater", "crowd"], 2, /person, world/],
    [["--policy", "x"], 2, /without --policy and --prompts/],
    [["--candidates", "missing.jsonl"], 1, /missing\.jsonl.*no such file/],
    [["--data", "missing.jsonl"], 1, /missing\.jsonl.*no such file/],
  ])("%j is refused before anything is written", async (more, code, message) => {
    expect(await label("refused", ...more)).toBe(code);
    expect(printed.stderr).toMatch(message);
    await expect(rm(at("refused"), { recursive: true })).rejects.toThrow(/ENOENT/);
  });

  test("too few prompts, a policy without prompts, nothing to compare", async () => {
    const shared = ["label", "--value", "helpful", "--out", at("none")];
    expect(await run([...shared, "--candidates", at("few.jsonl"), "--rater", "world"])).toBe(1);
    expect(printed.stderr).toMatch(/too few prompts with two distinct responses/);
    expect(await run([...shared, "--policy", "x"])).toBe(2);
    expect(printed.stderr).toMatch(/--policy needs --prompts/);
    expect(await run(shared)).toBe(2);
    expect(printed.stderr).toMatch(/name what is compared/);
    expect(await run([...shared, "--policy", at("nowhere"), "--prompts", at("few.jsonl")])).toBe(1);
    expect(printed.stderr).toMatch(/nowhere.*no such file/);
  });
});

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CONTENDERS } from "../../frontier/index.ts";
import { captureOutput } from "../captured-output.fixture.ts";
import { frontierSettings } from "../frontier/settings.ts";
import { names } from "../options.ts";
import { run } from "../run.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-frontier-"));
});
afterAll(() => rm(folder, { recursive: true }));
const printed = captureOutput();
const frontier = (...args: string[]) => run(["frontier", "--out", join(folder, "new"), ...args]);

test.each([
  [["--methods", "LSC AND,LSC OR"], /--methods knows no "LSC OR"; known: raw sum 1:1:1:1; .*LSC AND/],
  [["--ks", "2,128"], /best of 128 needs --base-samples of at least 128, got 64/],
  [["--ks", "2,0"], /--ks/],
  [["--steps", "4,x"], /--steps/],
  [["--kl-weights", "0.1,-1"], /--kl-weights/],
  [["--seeds", "0"], /--seeds/],
  [["--world", "real"], /--world.*demo/],
])("%j is a usage error, and nothing is begun", async (args, message) => {
  expect(await frontier(...args)).toBe(2);
  expect(printed.stderr).toMatch(message);
  expect(await readdir(folder)).not.toContain("new");
});

test("a method whose name holds a comma can be named, alone and among others", () => {
  const chosen = (text: string) => {
    const flags = { seeds: 1, ks: [2], steps: [1], learnPrompts: 1, alignPrompts: 1, testPrompts: 1 };
    const sizes = { baseSamples: 2, promptsPerStep: 1, samples: 2, lr: 1, testSamples: 1 };
    const { rl } = frontierSettings({ ...flags, ...sizes, methods: names(text) });
    return rl.methods.map(({ method }) => method).sort();
  };
  for (const { method } of CONTENDERS) expect(chosen(method)).toEqual([method]);
  const several = ["LSC AND, absolute reference", "GDPO", "LSC AND", "LSC AND, helpful^2"];
  expect(chosen(several.join(","))).toEqual([...several].sort());
});

test("a frontier that is there is not written over unless it is to be gone on with", async () => {
  const file = join(folder, "frontier.jsonl");
  await writeFile(file, "{}\n");
  expect(await frontier("--out", folder)).toBe(1);
  expect(printed.stderr).toMatch(/frontier\.jsonl: there is a frontier in this folder already.*--resume/);
  expect(await readFile(file, "utf8")).toBe("{}\n");
});

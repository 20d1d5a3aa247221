/** Collecting preferences: killed and gone on with, answered from a pipe, about a language model's own responses. */
import { spawn } from "node:child_process";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { createRandom } from "../src/stats/random.ts";
import { createWorld } from "../src/world/index.ts";
import { allgood, type Finished, json, sharedData, start, workFolder } from "./support/cli.ts";

const at = workFolder();

type Result = {
  finished: boolean;
  answers: { preferred: number; ties: number; skipped: number };
  rounds: { heldOut?: { accuracy: number }; lengthBaseline?: { accuracy: number } }[];
};

const label = (out: string, ...more: string[]) => [
  ...["label", "--value", "helpful", "--candidates", at("candidates.jsonl"), "--rater", "world"],
  ...["--rounds", "3", "--per-round", "30", "--out", at(out), ...more],
];

/** Every file of a folder with its bytes. */
async function contents(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(at(folder), { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
  const read = paths.map(
    async (path) => [path.slice(at(folder).length), await readFile(path, "base64")] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}

/** Waits until the log of judgements grows, at most three seconds. */
async function somethingNew(folder: string): Promise<void> {
  const size = () =>
    stat(at(folder, "judgements.jsonl")).then(
      (found) => found.size,
      () => 0,
    );
  const before = await size();
  for (let i = 0; i < 300 && (await size()) === before; i++) await wait(10);
}

/** Runs the command with lines on stdin. */
function piped(lines: string, ...args: string[]): Promise<Finished> {
  const main = resolve(import.meta.dirname, "../dist/cli/main.js");
  const child = spawn(process.execPath, [main, ...args], { stdio: "pipe" });
  const finished: Finished = { code: null, stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    finished.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    finished.stderr += chunk;
  });
  child.stdin.end(lines);
  return new Promise((done) => child.on("close", (code) => done({ ...finished, code })));
}

beforeAll(async () => {
  const { candidateSets } = createWorld(1, { prompts: 120, k: 4 });
  const rows = candidateSets.map(({ prompt, candidates }) =>
    JSON.stringify({ prompt, candidates: candidates.map(({ id, response }) => ({ id, response })) }),
  );
  await writeFile(at("candidates.jsonl"), `${rows.join("\n")}\n`);
  await json<Result>(...label("whole"));
});

test("killed with -9 at ten random moments and resumed: the same bytes as never killed", async () => {
  const random = createRandom(Date.now() & 0xffff);
  let kills = 0;
  for (let i = 0; i < 10; i++) {
    const { child, finished } = start(...label("killed", "--resume"));
    // every other time not before something new is on the disk, so that not all kills hit the start
    if (i % 2 === 1) await somethingNew("killed");
    await wait(900 * random.uniform());
    child.kill("SIGKILL");
    const { code } = await finished;
    if (code === null) kills += 1;
    else if (kills > 0) break;
    // it was faster than the moment drawn: from the start again
    else await rm(at("killed"), { recursive: true });
  }
  expect(kills).toBeGreaterThan(0);
  expect((await json<Result>(...label("killed", "--resume"))).finished).toBe(true);
  expect(await contents("killed")).toEqual(await contents("whole"));
}, 120_000);

test("the pairs train the model that stands beside them", async () => {
  const pairs = at("whole", "preferences.jsonl");
  await json("reward", "train", "--value", "helpful", "--data", pairs, "--out", at("retrained"));
  const files = async (folder: string) =>
    Promise.all(
      ["model.json", "weights.safetensors", "prompts.txt"].map((name) => readFile(at(folder, name))),
    );
  expect(await files("retrained")).toEqual(await files("whole/model"));
});

describe("answers from a pipe", () => {
  test("are kept up to the end of the input, and the next run goes on", async () => {
    const person = [
      ...["label", "--value", "helpful", "--candidates", at("candidates.jsonl"), "--per-round", "20"],
      ...["--rounds", "1", "--out", at("piped")],
    ];
    const first = await piped("1\n2\nt\nu\ns\n1\n", ...person, "--json");
    expect(first.code).toBe(0);
    expect(first.stderr).toMatch(/question 1 of 20[\s\S]*Which is more helpful/);
    expect(JSON.parse(first.stdout)).toMatchObject({
      finished: false,
      answers: { preferred: 3, ties: 0, skipped: 1 },
      model: null,
    });
    const second = await piped(`${"a\n".repeat(16)}`, ...person, "--resume", "--json");
    expect(JSON.parse(second.stdout)).toMatchObject({
      finished: true,
      answers: { preferred: 19, skipped: 1 },
    });
    const bad = await piped("7\n", ...person.map((word) => (word === at("piped") ? at("bad") : word)));
    expect(bad).toMatchObject({ code: 1, stdout: "" });
    expect(bad.stderr).toMatch(/stdin:1: this line is no answer/);
  });

  test("nobody there: says how to answer", async () => {
    const { code, stderr } = await allgood(
      ...["label", "--value", "helpful", "--candidates", at("candidates.jsonl"), "--out", at("nobody")],
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/stdin is no terminal[\s\S]*--rater world/);
    // stdin was /dev/null: nothing was begun
    await expect(readdir(at("nobody"))).rejects.toThrow(/ENOENT/);
  });

  test("a pipe that ends at once: what was begun needs no --resume, as nobody has answered", async () => {
    const silent = (...more: string[]) => {
      const data = ["--candidates", at("candidates.jsonl"), "--out", at("silent")];
      return ["label", "--value", "helpful", "--per-round", "10", ...data, ...more];
    };
    expect(await piped("", ...silent())).toMatchObject({ code: 2, stdout: "" });
    const other = await piped("1\n", ...silent("--seed", "5"));
    expect(other.stderr).toMatch(/there is a run in this folder already/);
    expect(await piped("1\n", ...silent())).toMatchObject({ code: 0 });
    const again = await piped("1\n", ...silent());
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toMatch(/there is a run in this folder already.*--resume/);
  });
});

const stories = sharedData("models/stories260K/stories260K.bin");
const tokenizer = sharedData("models/stories260K/tok512.bin");

test.skipIf(stories === undefined || tokenizer === undefined)(
  "compares what a language model says, sampled once",
  async () => {
    const prompts = Array.from({ length: 24 }, (_, i) =>
      JSON.stringify({ prompt: `Once upon a time there was a ${["dog", "cat", "girl"][i % 3]} number ${i}` }),
    );
    await writeFile(at("prompts.jsonl"), `${prompts.join("\n")}\n`);
    const run = (out: string) => [
      ...[
        "label",
        "--value",
        "helpful",
        "--policy",
        stories!,
        "--tokenizer",
        tokenizer!,
        "--prompts",
        at("prompts.jsonl"),
      ],
      ...[
        "--format",
        "text",
        "--max-new-tokens",
        "24",
        "--samples",
        "3",
        "--threads",
        "1",
        "--rater",
        "world",
      ],
      ...["--rounds", "2", "--per-round", "20", "--out", at(out)],
    ];
    const { answers } = await json<Result>(...run("stories"));
    expect(answers.preferred).toBe(40);
    // killed while it samples, or soon after
    const { child, finished } = start(...run("stories-killed"));
    await wait(1500);
    child.kill("SIGKILL");
    await finished;
    await json<Result>(...run("stories-killed"), "--resume");
    expect(await contents("stories-killed")).toEqual(await contents("stories"));
  },
  60_000,
);

/** Alignment and the frontier, killed with -9 at random moments and resumed, give the bytes of a run that never was. */
import { spawnSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { tinyPairs, writeTinyPolicy } from "../src/cli/align/tiny-policy.fixture.ts";
import { createRandom } from "../src/stats/random.ts";
import { json, start, workFolder } from "./support/cli.ts";
import { trainSmallPolicy, writeLearnSamples } from "./support/small-world.ts";

const at = workFolder();
const KILLS = 5;
/** In milliseconds: seven or more runs of the command line each. */
const LONG = 240_000;

/** Starts a run and kills it once `ready`, and some milliseconds later. */
async function kill(args: string[], ready: () => Promise<boolean>, delay: number): Promise<void> {
  const { child, finished } = start(...args);
  while (child.exitCode === null && !(await ready())) await wait(5);
  await wait(delay);
  child.kill("SIGKILL");
  // a run that was done before proves nothing
  const { code, stderr } = await finished;
  expect(code, stderr).toBe(null);
}

const sameBytes = async (files: string[], killed: string, whole: string) => {
  for (const file of files)
    expect((await readFile(at(killed, file))).equals(await readFile(at(whole, file))), file).toBe(true);
};

const textOf = (...path: string[]): Promise<string> => readFile(at(...path), "utf8").catch(() => "");

test(
  "align ppo, killed at five random moments",
  async () => {
    await writeTinyPolicy(at());
    const shared = ["--format", "text", "--max-new-tokens", "8", "--threads", "1"];
    const base = ["--prompts", at("more.jsonl"), at("prompts.jsonl"), "--n", "8", "--out", at("base.jsonl")];
    await json("lm", "candidates", "--model", at("policy"), ...base, ...shared);
    const { warm } = tinyPairs(await readFile(at("base.jsonl"), "utf8"));
    await writeFile(at("warm.jsonl"), warm);
    await json("reward", "train", "--value", "warm", "--data", at("warm.jsonl"), "--out", at("warm"));
    const objective = ["--data", at("base.jsonl"), "--goal", "warm", "--out", at("objective.json")];
    await json("calibrate", "--model", at("warm"), ...objective);
    const align = (out: string) => [
      ...["align", "ppo", "--policy", at("policy"), "--objective", at("objective.json"), "--resume"],
      ...["--prompts", at("prompts.jsonl"), "--out", at(out), "--steps", "60", "--prompts-per-step", "4"],
      ...["--samples", "4", "--lr", "0.003", "--target-kl", "0.5", "--checkpoint-every", "4", ...shared],
    ];
    await json(...align("whole"));

    const random = createRandom(7);
    const lastStep = async () => {
      const lines = (await textOf("killed", "metrics.jsonl")).split("\n");
      return lines.length < 2 ? 0 : (JSON.parse(lines.at(-2)!) as { step: number }).step;
    };
    for (let i = 0; i < KILLS; i++) {
      const next = (await lastStep()) + 1 + random.below(5);
      await kill(align("killed"), async () => (await lastStep()) >= next, random.below(60));
    }
    expect(await json(...align("killed"))).toMatchObject({ steps: 60 });
    await sameBytes(["model.safetensors", "metrics.jsonl"], "killed", "whole");
  },
  LONG,
);

describe("frontier", () => {
  beforeAll(() => trainSmallPolicy(at("world")));

  const frontier = (out: string) => [
    ...["frontier", "--out", at(out), "--policy", at("world"), "--resume", "--seeds", "1", "--workers", "1"],
    ...["--methods", "LSC AND,raw sum 1:1:1:1,GDPO", "--kl-weights", "0.1,0.3", "--steps", "1,2"],
    ...["--ks", "2,4", "--learn-prompts", "40", "--align-prompts", "4", "--test-prompts", "4"],
    ...["--base-samples", "4", "--prompts-per-step", "2", "--samples", "2", "--test-samples", "1"],
    ...["--lr", "0.01", "--threads", "1"],
  ];

  test(
    "killed at five random moments",
    async () => {
      const sizes = { prompts: 40, samples: 4, seed: 1 };
      for (const out of ["whole-frontier", "killed-frontier"]) {
        await mkdir(at(out, "samples"), { recursive: true });
        await writeLearnSamples(at(out, "samples"), sizes);
      }
      const { jobs } = await json<{ jobs: number }>(...frontier("whole-frontier"));
      expect(jobs).toBe(7);

      const random = createRandom(11);
      const jobsDone = async () => {
        const state = await textOf("killed-frontier", "frontier.jsonl.state");
        return state === "" ? 0 : (JSON.parse(state) as { state: { done: number } }).state.done;
      };
      for (let i = 0; i < KILLS; i++) {
        // the first two while samples are drawn and reward models learned, the others between or within runs
        const early = i < 2;
        const before = await jobsDone();
        const ready = async () => early || (await jobsDone()) > before;
        await kill(frontier("killed-frontier"), ready, early ? 300 + random.below(2000) : random.below(150));
      }
      const { done } = await json<{ done: number }>(...frontier("killed-frontier"));
      expect(done).toBeLessThan(jobs);
      const files = ["frontier.jsonl", "comparison.json", "samples/align.jsonl", "samples/test.jsonl"];
      await sameBytes(files, "killed-frontier", "whole-frontier");
    },
    LONG,
  );

  test("a worker that is killed ends the run, which says how to go on", async () => {
    await mkdir(at("orphaned", "samples"), { recursive: true });
    await writeLearnSamples(at("orphaned", "samples"), { prompts: 40, samples: 4, seed: 1 });
    const { child, finished } = start(...frontier("orphaned"));
    let worker: number | undefined;
    while (child.exitCode === null && worker === undefined) {
      await wait(20);
      worker = childrenOf(child.pid!)[0];
    }
    process.kill(worker!, "SIGKILL");
    const { code, stderr } = await finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: a worker of the frontier ended \(SIGKILL\)\. Go on with --resume.*\n$/);
  });

  test("what a worker can't go on with is said as the command's own error, without a stack", async () => {
    // one prompt teaches a reward model nothing
    const { code, stderr } = await start(...frontier("poor"), "--learn-prompts", "1").finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: there (are too few pairs|is no pair).*to train.*\n$/);
  });

  test("Ctrl-C ends it with 130, workers and all", async () => {
    await mkdir(at("stopped", "samples"), { recursive: true });
    await writeLearnSamples(at("stopped", "samples"), { prompts: 40, samples: 4, seed: 1 });
    const { child, finished } = start(...frontier("stopped"));
    let workers: number[] = [];
    while (child.exitCode === null && workers.length === 0) {
      await wait(20);
      workers = childrenOf(child.pid!);
    }
    child.kill("SIGINT");
    expect((await finished).code).toBe(130);
    for (const pid of workers) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});

/** Process ids; none while there are no children. */
function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync("pgrep", ["-P", String(pid)], { encoding: "utf8" });
  return stdout.split("\n").filter(Boolean).map(Number);
}

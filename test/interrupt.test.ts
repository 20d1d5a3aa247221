/** Work that is killed, interrupted, or runs out of disk: nothing is lost and nothing half-written stays. */
import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRandom } from "../src/stats/random.ts";
import { allgood, json, start, workFolder } from "./support/cli.ts";

const at = workFolder();
let model: string;
let data: string;
/** Bytes of a run that nobody disturbed, by ending. */
const whole = new Map<string, Buffer>();
/** How long one took, in milliseconds. */
let alone = 0;

beforeAll(async () => {
  await json("demo", "--quick", "--prompts", "160", "--out", at("demo"));
  model = at("demo", "models", "helpful");
  const rows = (await readFile(at("demo", "candidates.jsonl"), "utf8")).trimEnd().split("\n");
  data = at("data.jsonl");
  await writeFile(data, Array.from({ length: 12 }, () => rows.join("\n")).join("\n"));
  for (const ending of ["jsonl", "parquet"]) {
    const out = at(`whole.${ending}`);
    const started = performance.now();
    await json("score", "--model", model, "--data", data, "--out", out);
    alone = performance.now() - started;
    whole.set(ending, await readFile(out));
  }
});

const score = (out: string) => ["score", "--model", model, "--data", data, "--out", out];

describe("allgood score", () => {
  test("killed with -9 at ten random moments and run again: the same bytes as never killed", async () => {
    const random = createRandom(Date.now() & 0xffff);
    const out = at("killed.jsonl");
    let kills = 0;
    for (let i = 0; i < 10; i++) {
      const { child, finished } = start(...score(out));
      await wait(alone * (0.2 + 0.7 * random.uniform()));
      child.kill("SIGKILL");
      const { code } = await finished;
      if (code === null) kills += 1;
      else if (kills > 0) break;
      // it was faster than the moment drawn: from the start again
      else await rm(out);
    }
    expect(kills).toBeGreaterThan(0);
    await json(...score(out)).catch(async () => expect(await readFile(out)).toBeDefined());
    expect((await readFile(out)).equals(whole.get("jsonl")!)).toBe(true);
    expect((await readdir(at(""))).filter((name) => name.includes("killed"))).toEqual(["killed.jsonl"]);
  }, 120_000);

  test.each(["jsonl", "parquet"])(
    "Ctrl-C: exit 130, no %s under its name, and the next run goes on",
    async (ending) => {
      const out = at(`stopped.${ending}`);
      const { child, finished } = start(...score(out));
      const journal = at(`stopped.${ending}.partial.jsonl.state`);
      // once something is recorded
      for (let i = 0; i < 600 && !(await exists(journal)); i++) await wait(10);
      child.kill("SIGINT");
      const { code, stderr, stdout } = await finished;
      expect({ code, stdout, stderr }).toEqual({ code: 130, stdout: "", stderr: "interrupted\n" });
      expect(await exists(out)).toBe(false);
      const resumed = await json<{ resumed: number }>(...score(out));
      expect(resumed.resumed).toBeGreaterThan(0);
      expect((await readFile(out)).equals(whole.get(ending)!)).toBe(true);
    },
  );
});

describe("a full disk", () => {
  const disk = () => at("disk");
  let mounted = false;

  beforeAll(async () => {
    await mkdir(disk());
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk()], { stdio: "ignore" });
      // 8 KiB stay free: enough to begin, too little to end
      await writeFile(at("disk", "filler"), Buffer.alloc(56 * 1024));
      mounted = true;
    } catch {
      console.warn("SKIPPED: a full disk needs the right to mount a tmpfs");
    }
  });
  afterAll(() => {
    if (mounted) execFileSync("umount", [disk()]);
  });

  test("score, calibrate, align and train say that the disk is full, and leave nothing half-written", async (context) => {
    if (!mounted) context.skip();
    const full = at("disk", "deep");
    const objective = at("demo", "objective.json");
    for (const args of [
      score(`${full}/s.jsonl`),
      score(`${full}/s.parquet`),
      ["calibrate", "--model", model, "--data", data, "--goal", "helpful", "--out", `${full}/o.json`],
      ["align", "best-of-k", "--objective", objective, "--candidates", data, "--out", full],
      [
        "reward",
        "train",
        "--value",
        "helpful",
        "--data",
        at("demo", "preferences", "helpful.jsonl"),
        "--out",
        full,
      ],
    ]) {
      const { code, stdout, stderr } = await allgood(...args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/the disk is full/);
      const left = (await exists(full)) ? await readdir(full) : [];
      // what is whole may stay: earlier files of a folder, and what a resumed score run can go on with
      const halfWritten = left.filter(
        (name) => name.endsWith(".tmp") || /^(s|o|report|run|model)\.\w+$/.test(name),
      );
      expect(halfWritten, args[0]).toEqual([]);
      await rm(full, { recursive: true, force: true });
    }
  }, 120_000);
});

async function exists(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    () => false,
  );
}

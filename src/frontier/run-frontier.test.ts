import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Job, jobsOf } from "./jobs.ts";
import { madeFrontier } from "./rows.fixture.ts";
import { FRONTIER_FILE, runFrontier } from "./run-frontier.ts";
import { smallSettings as settings } from "./small-settings.fixture.ts";
import type { FrontierRow } from "./types.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-frontier-"));
});
afterEach(() => rm(folder, { recursive: true }));

const jobs = jobsOf(settings);
const [row] = madeFrontier({ methods: [], seeds: 1, prompts: 2 });
const nameOf = (job: Job): string =>
  job.kind === "rl" ? `${job.seed} ${job.method} ${job.klWeight}` : `${job.seed}`;
/** Two rows, which name their job. */
const rowsOf = (job: Job): FrontierRow[] =>
  [1, 2].map((kl) => ({ ...row!, method: nameOf(job), seed: job.seed, kl }));
const written = () => readFile(join(folder, FRONTIER_FILE), "utf8");
const expected = jobs
  .flatMap(rowsOf)
  .map((each) => `${JSON.stringify(each)}\n`)
  .join("");

test("rows stand in the order of the jobs, whatever order they end in", async () => {
  const ended: string[] = [];
  const work = async (job: Job) => {
    await wait(5 * (jobs.length - jobs.findIndex((each) => nameOf(each) === nameOf(job))));
    ended.push(nameOf(job));
    return rowsOf(job);
  };
  expect(await runFrontier({ folder, settings, work })).toEqual({ jobs: 8, done: 8 });
  expect(ended).toEqual(jobs.map(nameOf).reverse());
  expect(await written()).toBe(expected);
});

test("one job at a time gives the same bytes", async () => {
  let last: Promise<unknown> = Promise.resolve();
  const work = (job: Job): Promise<FrontierRow[]> => {
    const next = last.then(() => rowsOf(job));
    last = next;
    return next;
  };
  await runFrontier({ folder, settings, work });
  expect(await written()).toBe(expected);
});

test("a failure keeps what was finished before it, and the next run does the rest alone", async () => {
  const broken = 3;
  const failing = async (job: Job) => {
    if (nameOf(job) === nameOf(jobs[broken]!)) throw new Error("the reward model is gone");
    return rowsOf(job);
  };
  await expect(runFrontier({ folder, settings, work: failing })).rejects.toThrow("the reward model is gone");
  expect(expected.startsWith(await written())).toBe(true);
  expect((await written()).trim().split("\n")).toHaveLength(2 * broken);
  const asked: string[] = [];
  const work = async (job: Job) => {
    asked.push(nameOf(job));
    return rowsOf(job);
  };
  expect(await runFrontier({ folder, settings, work })).toEqual({ jobs: 8, done: 5 });
  expect(asked).toEqual(jobs.slice(broken).map(nameOf));
  expect(await written()).toBe(expected);
  expect(await runFrontier({ folder, settings, work })).toEqual({ jobs: 8, done: 0 });
});

test("interrupted, it ends after the job that it is at", async () => {
  const abort = new AbortController();
  const onProgress = () => abort.abort(new Error("interrupted"));
  const work = async (job: Job) => rowsOf(job);
  await expect(runFrontier({ folder, settings, work, signal: abort.signal, onProgress })).rejects.toThrow(
    "interrupted",
  );
  expect((await written()).trim().split("\n")).toHaveLength(2);
  await runFrontier({ folder, settings, work });
  expect(await written()).toBe(expected);
});

test("a folder with a frontier of other settings is refused", async () => {
  const work = async (job: Job) => rowsOf(job);
  await runFrontier({ folder, settings, work });
  await expect(runFrontier({ folder, settings: { ...settings, ks: [3] }, work })).rejects.toThrow(
    /other input or options/,
  );
  expect(await written()).toBe(expected);
});

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll } from "vitest";

const MAIN = resolve(import.meta.dirname, "../../dist/cli/main.js");

export type Finished = { code: number | null; stdout: string; stderr: string };

/** Runs the built command line, as a person would. */
export function allgood(...args: string[]): Promise<Finished> {
  return start(...args).finished;
}

/** Starts it, so that a test can kill it. */
export function start(...args: string[]): { child: ChildProcess; finished: Promise<Finished> } {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    // an environment that asks tools to colour their pipes must not colour ours
    env: { ...process.env, CI: "true", FORCE_COLOR: "1" },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const finished = new Promise<Finished>((done) => {
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
  return { child, finished };
}

/** Runs it with `--json` and gives back the one document on stdout; fails the test on any other exit than 0. */
export async function json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await allgood(...args, "--json");
  if (code !== 0) throw new Error(`allgood ${args.join(" ")} exited with ${code}\n${stderr}`);
  return JSON.parse(stdout) as T;
}

/** A temporary folder for one test file. */
export function workFolder(): (...parts: string[]) => string {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "allgood-test-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return (...parts) => join(folder, ...parts);
}

const DATA = resolve(import.meta.dirname, "../../../shared/data");

/** Path of public data beside the checkout; undefined, and loudly so, where it is absent. */
export function sharedData(path: string): string | undefined {
  const file = join(DATA, path);
  if (existsSync(file)) return file;
  console.warn(`SKIPPED for want of ../shared/data/${path}: tests of real data`);
  return undefined;
}

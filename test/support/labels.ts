import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type {
  Kept,
  NewLabelling,
  Reply,
  Results,
  Session,
  ShownQuestion,
} from "../../src/serve/studio/label-types.ts";
import { createWorld } from "../../src/world/index.ts";
import type { Finished } from "./cli.ts";

/** Asks the studio as its page does: a GET, or a POST where there is a body. */
export async function ask<T>(url: string, path: string, body?: object): Promise<T> {
  const response = await fetch(
    `${url}/api/${path}`,
    body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) },
  );
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json() as Promise<T>;
}

/** Begins a labelling of `candidates.jsonl` and gives its id. */
export async function beginLabelling(url: string, asked: Partial<NewLabelling>): Promise<string> {
  const { id } = await ask<{ id: string }>(url, "label", {
    ...{ value: "helpful", meaning: "", sources: ["candidates.jsonl"], questions: 20, shared: 0.5, seed: 1 },
    ...asked,
  });
  return id;
}

/** Sends acts of a rater, as the rater's page does. */
export async function sendActs(
  url: string,
  { id, rater, acts }: { id: string; rater: string; acts: readonly object[] },
): Promise<Kept[]> {
  const { run } = await ask<Session>(url, `label/session?${new URLSearchParams({ id, rater })}`);
  return (await ask<{ kept: Kept[] }>(url, "label/answers", { id, run, rater, acts })).kept;
}

export type LogLine = { question: string; rater: string; turn: number; judgement: string; left: "a" | "b" };

/** The lines of a labelling's log. */
export async function logOf(folder: string): Promise<LogLine[]> {
  const text = await readFile(join(folder, "answers.jsonl"), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as LogLine);
}

export const resultsOf = (url: string, id: string): Promise<Results> =>
  ask<Results>(url, `label/results?${new URLSearchParams({ id })}`);

/** Answers all questions of a rater that are open, by what is on the screen. */
export async function answerAll(
  url: string,
  { id, rater }: { id: string; rater: string },
  judge: (shown: ShownQuestion) => Reply,
): Promise<void> {
  const { run, questions } = await ask<Session>(url, `label/session?${new URLSearchParams({ id, rater })}`);
  for (const { question, turns, reply } of questions) {
    if (reply !== null) continue;
    const asked = new URLSearchParams({ id, rater, question });
    const shown = await ask<ShownQuestion>(url, `label/question?${asked}`);
    const acts = [{ question, turn: turns, reply: judge(shown) }];
    await ask(url, "label/answers", { id, run, rater, acts });
  }
}

/** Rows of candidates of the demo world, without what is true of them. */
export const worldRows = (seed: number, { prompts, k }: { prompts: number; k: number }): object[] =>
  createWorld(seed, { prompts, k }).candidateSets.map(({ prompt, candidates }) => ({
    prompt,
    candidates: candidates.map(({ id, response }) => ({ id, response })),
  }));

export const jsonl = (rows: readonly object[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join("");

/** Runs the command line from its sources, with lines on stdin. */
function allgood(args: readonly string[], lines = ""): Promise<Finished> {
  const main = resolve(import.meta.dirname, "../../src/cli/main.ts");
  const child = spawn(process.execPath, ["--import", "tsx", main, ...args], { stdio: "pipe" });
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

export async function fromSource<T>(args: readonly string[], lines = ""): Promise<T> {
  const { code, stdout, stderr } = await allgood([...args, "--json"], lines);
  if (code !== 0) throw new Error(`allgood ${args.join(" ")} exited with ${code}\n${stderr}`);
  return JSON.parse(stdout) as T;
}

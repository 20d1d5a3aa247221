/** Several processes at one labelling: one writes at a time, nothing is lost, and a killed one holds nobody up. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type OtherProcess, startProcess } from "../src/io/other-process.fixture.ts";
import type { Listening } from "../src/serve/listen.ts";
import { startStudio } from "../src/serve/studio/index.ts";
import type { LabelHome, Session } from "../src/serve/studio/label-types.ts";
import { workFolder } from "./support/cli.ts";
import {
  ask,
  beginLabelling,
  fromSource,
  jsonl,
  logOf,
  resultsOf,
  sendActs,
  worldRows,
} from "./support/labels.ts";

const at = workFolder();
let studio: Listening;
const children: ChildProcess[] = [];

beforeAll(async () => {
  await mkdir(at("empty"));
  await writeFile(at("world.jsonl"), jsonl(worldRows(1, { prompts: 60, k: 4 })));
  studio = await startStudio({ folder: at(), assets: at("empty") }, 0);
});
afterAll(() => studio?.drain(0));
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

const label = (out: string) => [
  ...["label", "--value", "helpful", "--candidates", at("world.jsonl"), "--per-round", "20"],
  ...["--rounds", "1", "--out", at(out), "--resume"],
];

/** `allgood label` that reads answers from a pipe. */
function startLabel(out: string) {
  const main = resolve(import.meta.dirname, "../src/cli/main.ts");
  const child = spawn(process.execPath, ["--import", "tsx", main, ...label(out)], { stdio: "pipe" });
  children.push(child);
  let shown = "";
  child.stderr.on("data", (chunk) => {
    shown += chunk;
  });
  return {
    /** Gives an answer and waits until the next question stands there, which is after the answer is on the disk. */
    async answer(key: string, next: number) {
      child.stdin.write(key === "" ? "" : `${key}\n`);
      while (!shown.includes(`question ${next} of`)) await once(child.stderr, "data");
    },
    async kill() {
      child.kill("SIGKILL");
      await once(child, "close");
    },
  };
}

const tie = (question: string) => ({ question, turn: 0, reply: "tie" });

test("while allgood label runs, others are refused and lose nothing; killed with -9, all go on at once", async () => {
  const terminal = startLabel("busy");
  await terminal.answer("", 1);
  await terminal.answer("t", 2);

  await expect(fromSource(label("busy"), "t\n")).rejects.toThrow(
    /exited with 1[\s\S]*\.lock\.\S+: another process is writing to this folder.*allgood label, process \d+/,
  );
  // the page shows what the terminal has said, and writes nothing
  expect(await resultsOf(studio.url, "busy")).toMatchObject({ answered: 1, raters: [{ rater: "terminal" }] });
  const acts = { id: "busy", rater: "ann", acts: [tie("1.3")] };
  await expect(sendActs(studio.url, acts)).rejects.toThrow(/422.*another process is writing.*allgood label/);
  await expect(logOf(at("busy"))).rejects.toThrow("ENOENT");
  await terminal.answer("t", 3);

  await terminal.kill();
  expect(await sendActs(studio.url, acts)).toEqual([{ question: "1.3", turn: 0, state: "saved" }]);
  const resumed = await fromSource<{ answers: object }>(label("busy"), "t\n");
  expect(resumed.answers).toEqual({ preferred: 0, ties: 4, skipped: 0 });
  const { answered, raters } = await resultsOf(studio.url, "busy");
  expect({ answered, ties: raters.map(({ rater, ties }) => [rater, ties]) }).toEqual({
    answered: 4,
    ties: [
      ["terminal", 3],
      ["ann", 1],
    ],
  });
  expect((await readdir(at("busy"))).filter((name) => name.startsWith("."))).toEqual([]);
}, 60_000);

test("an answer that the terminal gave meanwhile stays beside that of a page which was open before", async () => {
  await fromSource(label("both"), "s\n");
  await ask<Session>(studio.url, `label/session?${new URLSearchParams({ id: "both", rater: "ann" })}`);
  await fromSource(label("both"), "1\n");
  await sendActs(studio.url, { id: "both", rater: "ann", acts: [tie("1.2")] });
  const log = await logOf(at("both"));
  expect(log.map(({ question, rater, judgement }) => [question, rater, judgement])).toEqual([
    ["1.1", "terminal", "skip"],
    ["1.2", "terminal", "a"],
    ["1.2", "ann", "tie"],
  ]);
}, 60_000);

/** A studio in another process. */
async function startAnother(): Promise<{ url: string; process: OtherProcess }> {
  const another = startProcess(
    `import { startStudio } from "./index.ts";
     import { writeFile } from "node:fs/promises";
     const { url } = await startStudio(${JSON.stringify({ folder: at(), assets: at("empty") })}, 0);
     await writeFile(${JSON.stringify(at("url"))}, url);
     console.log("listening");`,
    resolve(import.meta.dirname, "../src/serve/studio"),
  );
  children.push(another.child);
  await another.said("listening");
  return { url: await readFile(at("url"), "utf8"), process: another };
}

test("two servers over one folder: what both take at once is all kept, and one that is killed holds nobody up", async () => {
  const id = await beginLabelling(studio.url, { sources: ["world.jsonl"], questions: 20, shared: 1 });
  const another = await startAnother();
  const send = async (url: string, rater: string) => {
    const { run, questions } = await ask<Session>(url, `label/session?${new URLSearchParams({ id, rater })}`);
    for (const { question } of questions)
      await ask(url, "label/answers", { id, run, rater, acts: [tie(question)] });
  };
  await Promise.all([send(studio.url, "ann"), send(another.url, "bob")]);
  const log = await logOf(at(id));
  expect(log).toHaveLength(40);
  const judged = (await readFile(at(id, "judgements.jsonl"), "utf8")).trim().split("\n");
  expect(new Set(judged.map((line) => (JSON.parse(line) as { question: string }).question)).size).toBe(20);

  // killed somewhere while it takes acts
  const sending = send(another.url, "eve").catch(() => {});
  await expect.poll(async () => (await logOf(at(id))).length).toBeGreaterThan(42);
  await another.process.kill();
  await sending;
  await send(studio.url, "dan");
  const { raters } = await resultsOf(studio.url, id);
  expect(raters.find(({ rater }) => rater === "dan")).toMatchObject({ ties: 20 });
}, 60_000);

test("labellings of one name that are begun at once get names of their own", async () => {
  const begun = Array.from({ length: 4 }, () =>
    beginLabelling(studio.url, { value: "brave", sources: ["world.jsonl"] }),
  );
  expect((await Promise.all(begun)).sort()).toEqual([
    "labels/brave",
    "labels/brave-2",
    "labels/brave-3",
    "labels/brave-4",
  ]);
  expect((await readdir(at("labels"))).filter((name) => name.startsWith("."))).toEqual([]);
  const { problems } = await ask<LabelHome>(studio.url, "label");
  expect(problems).toEqual([]);
});

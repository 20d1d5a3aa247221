/** The page and `allgood label` on one folder: either goes on where the other stopped. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Listening } from "../src/serve/listen.ts";
import { startStudio } from "../src/serve/studio/index.ts";
import type { LabelHome, Reply, Session, ShownQuestion } from "../src/serve/studio/label-types.ts";
import { workFolder } from "./support/cli.ts";
import {
  answerAll,
  ask,
  beginLabelling,
  fromSource,
  jsonl,
  logOf,
  resultsOf,
  worldRows,
} from "./support/labels.ts";

const at = workFolder();
let studio: Listening;

const results = (id: string) => resultsOf(studio.url, id);
const answer = (id: string, rater: string, judge: (shown: ShownQuestion) => Reply) =>
  answerAll(studio.url, { id, rater }, judge);

beforeAll(async () => {
  await mkdir(at("empty"));
  await writeFile(at("world.jsonl"), jsonl(worldRows(1, { prompts: 60, k: 4 })));
  // the page itself is not asked for here
  studio = await startStudio({ folder: at(), assets: at("empty") }, 0);
});
afterAll(() => studio?.drain(0));

test("a folder of allgood label goes on here, learns, and goes on there", async () => {
  const run = [
    ...["label", "--value", "helpful", "--candidates", at("world.jsonl"), "--per-round", "20"],
    ...["--out", at("runs", "begun")],
  ];
  await fromSource([...run, "--rounds", "1"], "1\n2\nt\n");
  const id = "runs/begun";
  const home = await ask<LabelHome>(studio.url, "label");
  expect(home.problems).toEqual([]);
  expect(home.labellings.find((card) => card.id === id)).toEqual({
    ...{ id, value: "helpful", questions: 20, answered: 3, raters: ["terminal"] },
  });
  // the responses are found by their content, wherever the file lies
  expect(home.sources.map(({ path }) => path)).toContain("world.jsonl");
  await answer(id, "ann", ({ left, right }) => (left.length > right.length ? "left" : "right"));
  const before = await results(id);
  expect(before).toMatchObject({ answered: 20, round: { round: 1, open: 0, refused: null } });

  await ask(studio.url, "label/learn", { id });
  const { questions, round } = await results(id);
  expect(questions).toBe(40);
  expect(round).toMatchObject({ round: 2, open: 20, taught: [{ round: 1 }] });
  // the most informative first, those that are asked at random at their places between
  const planned = (await readFile(at(id, "questions.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { question: string; information?: number });
  const told = new Map(planned.map(({ question, information }) => [question, information]));
  const session = await ask<Session>(
    studio.url,
    `label/session?${new URLSearchParams({ id, rater: "bob" })}`,
  );
  const numbers = session.questions.flatMap(({ question }) => told.get(question) ?? []);
  expect(numbers.length).toBeGreaterThan(10);
  expect(numbers).toEqual(numbers.toSorted((a, b) => b - a));

  await answer(id, "ann", ({ left, right }) => (left.length > right.length ? "left" : "right"));
  const after = await fromSource<{ finished: boolean; answers: object; rounds: object[] }>([
    ...run,
    "--rounds",
    "2",
    "--resume",
  ]);
  expect(after.finished).toBe(true);
  expect(after.rounds).toHaveLength(2);
  const log = await logOf(at(id));
  expect(new Set(log.map(({ question }) => question)).size).toBe(40);
});

test("what the page begins goes on in the terminal", async () => {
  const id = await beginLabelling(studio.url, { value: "harmless", sources: ["world.jsonl"], questions: 20 });
  await answer(id, "ann", () => "left");
  const resumed = await fromSource<{ finished: boolean; answers: { preferred: number } }>([
    ...["label", "--value", "harmless", "--candidates", at(id, "candidates.jsonl"), "--per-round", "20"],
    ...["--rounds", "1", "--out", at(id), "--resume"],
  ]);
  expect(resumed).toMatchObject({ finished: true, answers: { preferred: 20 } });
});

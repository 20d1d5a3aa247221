import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readPairs } from "../src/preferences/index.ts";
import type { Listening } from "../src/serve/listen.ts";
import { startStudio } from "../src/serve/studio/index.ts";
import type { LabelHome, Reply, ShownQuestion } from "../src/serve/studio/label-types.ts";
import { workFolder } from "./support/cli.ts";
import {
  answerAll,
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

const writeRowsTo = (name: string, rows: readonly object[]) => writeFile(at(name), jsonl(rows));

const results = (id: string) => resultsOf(studio.url, id);
const answer = (id: string, rater: string, judge: (shown: ShownQuestion) => Reply) =>
  answerAll(studio.url, { id, rater }, judge);

async function download(id: string, query: Record<string, string>, name: string): Promise<string> {
  const response = await fetch(`${studio.url}/api/label/export?${new URLSearchParams({ id, ...query })}`);
  expect(response.headers.get("content-disposition")).toMatch(
    /^attachment; filename="[a-z]+\.(trl|hh)\.jsonl"$/,
  );
  await writeFile(at(name), await response.text());
  return at(name);
}

beforeAll(async () => {
  await mkdir(at("empty"));
  await writeRowsTo("world.jsonl", worldRows(1, { prompts: 60, k: 4 }));
  // the page itself is not asked for here
  studio = await startStudio({ folder: at(), assets: at("empty") }, 0);
});
afterAll(() => studio?.drain(0));

test("two raters: kappa by hand, majority, ties and skips counted, each answer in the export by rater", async () => {
  const rows = Array.from({ length: 12 }, (_, i) => ({
    prompt: `question ${i}`,
    responses: [`A${i}`, `B${i}`],
  }));
  await writeRowsTo("two.jsonl", rows);
  const id = await beginLabelling(studio.url, {
    value: "kind",
    sources: ["two.jsonl"],
    questions: 60,
    shared: 1,
  });
  // what ann and bob say, in terms of a and b of the question
  const cells = [
    ...["a a", "a a", "a a", "a b", "b a", "b a", "b b", "b b", "b b"],
    ...["tie tie", "tie a", "skip b"],
  ].map((cell) => cell.split(" "));
  const planned = (await readFile(at(id, "questions.jsonl"), "utf8")).trim().split("\n");
  const firstOf = new Map(
    planned.map((line) => [questionOf(line).question, questionOf(line).a === "1" ? "A" : "B"]),
  );
  const by = (rater: 0 | 1) => (shown: ShownQuestion) => {
    const said = cells[Number(shown.prompt[0]!.content.slice(9))]![rater];
    if (said === "tie" || said === "skip") return said;
    return shown.left.startsWith(firstOf.get(shown.question)!) === (said === "a") ? "left" : "right";
  };
  await answer(id, "ann", by(0));
  await answer(id, "bob", by(1));
  const found = await results(id);
  // 11 judged by both; ann a 4, b 5, tie 2; bob a 6, b 4, tie 1: p_o = 7/11, p_e = (24 + 20 + 2)/121
  expect(found.agreements).toMatchObject([
    { raters: ["ann", "bob"], questions: 11, share: { value: 7 / 11 } },
  ]);
  expect(found.agreements[0]!.kappa!.value).toBeCloseTo((77 - 46) / (121 - 46), 12);
  expect(found.exports).toMatchObject({ pairs: 7, each: 20, ties: 1, skipped: 0, split: 4 });
  expect(found.raters).toMatchObject([
    { rater: "ann", ties: 2, skipped: 1 },
    { rater: "bob", ties: 1, skipped: 0 },
  ]);
  const each = await readPairs([await download(id, { form: "trl", rows: "each" }, "each.jsonl")]);
  expect(each.pairs).toHaveLength(20);
  const split = each.pairs.filter(({ prompt }) => prompt[0]!.content === "question 3");
  expect(split.map(({ chosen }) => chosen).sort()).toEqual(["A3", "B3"]);
});

const questionOf = (line: string) => JSON.parse(line) as { question: string; a: string };

test("an act that is sent twice is kept once; one that contradicts it is refused, and so is one out of turn", async () => {
  const id = await beginLabelling(studio.url, { value: "calm", sources: ["world.jsonl"], questions: 5 });
  const send = (acts: object[]) => sendActs(studio.url, { id, rater: "ann", acts });
  const state = async (turn: number, reply: string) =>
    (await send([{ question: "1.1", turn, reply }])).map(({ state: each }) => each).join();
  expect(await state(0, "left")).toBe("saved");
  expect(await state(0, "left")).toBe("already");
  expect(await state(0, "right")).toBe("other");
  await expect(state(2, "left")).rejects.toThrow(/400.*turn 1 of question 1\.1 comes before turn 2/);
  await expect(state(1, "left")).rejects.toThrow(/400.*turn 1 of question 1\.1 can't be left/);
  await expect(send([{ question: "9.9", turn: 0, reply: "left" }])).rejects.toThrow(/404.*no question/);
  await expect(sendActs(studio.url, { id, rater: "terminal", acts: [] })).rejects.toThrow(/400.*terminal/);
  const old = { id, run: "of another", rater: "ann", acts: [{ question: "1.2", turn: 0, reply: "left" }] };
  await expect(ask(studio.url, "label/answers", old)).rejects.toThrow(/400.*another labelling/);
  await expect(ask(studio.url, "label/session?id=../x&rater=ann")).rejects.toThrow(/400.*outside/);
  expect(await state(1, "undo")).toBe("saved");
  // many at once, as after a time without the server, and again, as where the answer to that got lost
  const late = ["1.2", "1.3", "1.4"].map((question) => ({ question, turn: 0, reply: "tie" }));
  await Promise.all([send(late), send(late), send(late)]);
  expect(await logOf(at(id))).toHaveLength(5);
});

test("exports are read back by readPairs and the commands, in both forms", async () => {
  const sets = worldRows(2, { prompts: 60, k: 2 });
  await writeRowsTo("many.jsonl", [
    ...sets,
    { prompt: "Say a turn", responses: ["one\n\nHuman: two", "three"] },
    {
      prompt: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hi" },
      ],
      responses: ["Hello", "Yo"],
    },
  ]);
  const id = await beginLabelling(studio.url, { sources: ["many.jsonl"], questions: 300 });
  await answer(id, "ann", ({ left, right }) =>
    left.length === right.length ? "tie" : left.length < right.length ? "left" : "right",
  );
  const { exports } = await results(id);
  expect(exports.notInHh).toBe(2);
  const trl = await download(id, { form: "trl" }, "trl.jsonl");
  const hh = await download(id, { form: "hh" }, "hh.jsonl");
  const fromTrl = await readPairs([trl]);
  expect(fromTrl).toMatchObject({
    formats: { [trl]: "trl-explicit" },
    badRows: 0,
    leftOut: {},
    duplicateIds: 0,
  });
  expect(fromTrl.pairs).toHaveLength(exports.pairs);
  expect(
    fromTrl.pairs.every(
      ({ chosen, rejected, value }) => chosen.length < rejected.length && value === "helpful",
    ),
  ).toBe(true);
  const fromHh = await readPairs([hh], { value: "helpful" });
  expect(fromHh.formats[hh]).toBe("hh");
  const core = ({ prompt, chosen, rejected }: (typeof fromHh.pairs)[number]) =>
    JSON.stringify([
      prompt.map(({ role, content }) => [role, content.trim()]),
      chosen.trim(),
      rejected.trim(),
    ]);
  const inHh = fromTrl.pairs.filter(({ prompt, chosen, rejected }) =>
    [...prompt.map(({ role }) => role), chosen, rejected].every(
      (word) => word !== "system" && !word.includes("Human:"),
    ),
  );
  expect(fromHh.pairs.map(core)).toEqual(inHh.map(core));
  // the file on the disk is the export
  expect(await readFile(at(id, "preferences.jsonl"), "utf8")).not.toBe("");
  expect((await readPairs([at(id, "preferences.jsonl")])).pairs.map(core).sort()).toEqual(
    fromTrl.pairs.map(core).sort(),
  );
  for (const file of [trl, hh]) {
    expect(JSON.stringify(await fromSource(["data", "inspect", file]))).toContain(
      file === trl ? "trl-explicit" : "hh",
    );
  }
  const trained = ["reward", "train", "--value", "helpful", "--data", trl, hh, "--out", at("model")];
  expect(await fromSource(trained)).toBeDefined();
});

test("what can't be compared or continued is refused with what to do", async () => {
  await writeRowsTo("single.jsonl", [{ prompt: "a", responses: ["one"] }]);
  await expect(beginLabelling(studio.url, { sources: ["single.jsonl"] })).rejects.toThrow(
    /422.*two responses that differ.*two files/s,
  );
  await expect(beginLabelling(studio.url, { sources: ["none.jsonl"] })).rejects.toThrow(
    /404.*no \\?"none\.jsonl/,
  );
  await expect(beginLabelling(studio.url, { value: "not a word" })).rejects.toThrow(/400.*value.*helpful/);
  await mkdir(at("lost"));
  const settings = {
    value: "kind",
    rater: "person",
    choose: "random",
    perRound: 5,
    seed: 1,
    data: "",
    candidates: "00",
  };
  await writeFile(at("lost", "run.json"), JSON.stringify({ format: "allgood-label/1", settings }));
  await mkdir(at("simulated"));
  const simulated = { format: "allgood-label/1", settings: { ...settings, rater: "world" } };
  await writeFile(at("simulated", "run.json"), JSON.stringify(simulated));
  await mkdir(at("linked"));
  await writeFile(at("linked", "run.json"), JSON.stringify({ format: "allgood-label/1", settings }));
  await symlink("/etc/hostname", at("linked", "candidates.jsonl"));
  const { problems } = await ask<LabelHome>(studio.url, "label");
  expect(problems).toHaveLength(3);
  expect(problems[0]).toMatch(/linked\/candidates\.jsonl.*lies outside/);
  expect(problems[1]).toMatch(/^lost: the responses.*candidates\.jsonl/s);
  expect(problems[2]).toMatch(/^simulated: simulated raters answer here/);
});

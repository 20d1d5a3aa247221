import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Answers, verdict } from "./label-answers.ts";
import { LabelLog, type LabelLogLine } from "./label-log.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-label-log-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const line = (question: string, turn = 0, judgement: "a" | "undo" = "a"): LabelLogLine => ({
  ...{ question, rater: "ann", at: "2026-01-01T00:00:00.000Z", turn, judgement, left: "a" },
});

test("what was appended is read again by another", async () => {
  const path = join(folder, "deep", "answers.jsonl");
  const log = new LabelLog(path);
  await log.read();
  expect(log.lines).toEqual([]);
  await log.append([line("1.1"), line("1.2")]);
  await log.append([line("1.3")]);
  const other = new LabelLog(path);
  await other.read();
  expect(other.lines).toEqual(log.lines);
  expect(other.lines).toHaveLength(3);
});

test("two that append by turns see each other's lines", async () => {
  const path = join(folder, "answers.jsonl");
  const [one, two] = [new LabelLog(path), new LabelLog(path)];
  await one.append([line("1.1")]);
  await two.append([line("1.2")]);
  await one.append([line("1.3")]);
  await two.read();
  const expected = [line("1.1"), line("1.2"), line("1.3")];
  expect(one.lines).toEqual(expected);
  expect(two.lines).toEqual(expected);
});

test("half a line of a killed server is cut off before the next one, whatever was in it", async () => {
  const path = join(folder, "answers.jsonl");
  await new LabelLog(path).append([line("1.1")]);
  await appendFile(path, '{"question":"1.2","rater":"ä'.slice(0, -1));
  const log = new LabelLog(path);
  await log.read();
  expect(log.lines).toEqual([line("1.1")]);
  await log.append([line("1.3")]);
  const texts = (await readFile(path, "utf8")).trim().split("\n");
  expect(texts.map((text) => JSON.parse(text))).toEqual([line("1.1"), line("1.3")]);
});

test("a damaged line is named, and nothing is appended to the file", async () => {
  const path = join(folder, "answers.jsonl");
  const text = `${JSON.stringify(line("1.1"))}\nnot an answer\n`;
  await writeFile(path, text);
  await expect(new LabelLog(path).read()).rejects.toThrow(/answers\.jsonl:2.*not an answer/s);
  await expect(new LabelLog(path).append([line("1.2")])).rejects.toThrow(/answers\.jsonl:2/);
  expect(await readFile(path, "utf8")).toBe(text);
});

test("undo and answers alternate; a line that repeats a turn says nothing new", () => {
  const lines = [
    line("1.1"),
    line("1.1"),
    line("1.1", 1, "undo"),
    line("1.1", 1, "undo"),
    line("1.1", 3, "undo"),
  ];
  const answers = new Answers(lines);
  expect(answers.at("1.1", "ann")).toMatchObject({ turns: 2, undone: 1, standing: undefined });
  expect(new Answers([...lines, line("1.1", 2)]).standing()).toMatchObject([{ judgement: "a", order: 5 }]);
});

test("the verdict is the majority's; a skip does not vote, and equal votes are split", () => {
  const said = (...judgements: ("a" | "b" | "tie" | "skip")[]) =>
    verdict(
      judgements.map((judgement, i) => ({ question: "1.1", rater: `r${i}`, judgement, left: "a", order: i })),
    );
  expect(said()).toBeUndefined();
  expect(said("a", "a", "b")).toBe("a");
  expect(said("b", "skip")).toBe("b");
  expect(said("tie", "tie", "a")).toBe("tie");
  expect(said("a", "b")).toBe("split");
  expect(said("skip", "skip")).toBe("skip");
});

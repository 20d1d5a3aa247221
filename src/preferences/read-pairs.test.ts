import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError, UsageError } from "../io/errors.ts";
import { createRowWriter } from "../io/write.ts";
import { parsePrompt, readPairs } from "./index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-preferences-"));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function put(rows: readonly object[], ending = "jsonl"): Promise<string> {
  const path = join(folder, `${files++}.${ending}`);
  const writer = await createRowWriter(path);
  for (const row of rows) await writer.write(row as Record<string, unknown>);
  await writer.close();
  return path;
}

async function putText(text: string | Uint8Array, ending = "jsonl"): Promise<string> {
  const path = join(folder, `${files++}.${ending}`);
  await writeFile(path, text);
  return path;
}

async function errorOf(work: Promise<unknown>): Promise<InputError> {
  const error = await work.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InputError);
  return error as InputError;
}

const user = (content: string) => ({ role: "user" as const, content });
const assistant = (content: string) => ({ role: "assistant" as const, content });
const pair = (chosen: string, rest: object = {}) => ({ prompt: "Q", chosen, rejected: "R", ...rest });

describe("every format reads the same from JSONL, CSV and Parquet", () => {
  const annotations = { helpfulness: { Rating: "4" }, honesty: { Rating: "1" } };
  const rows: [string, object[]][] = [
    ["hh", [{ chosen: "\n\nHuman: Q\n\nAssistant: A", rejected: "\n\nHuman: Q\n\nAssistant: B" }]],
    ["trl-explicit", [pair("A", { margin: 2, value: "helpful" })]],
    ["trl-implicit", [{ chosen: [user("Q"), assistant("A")], rejected: [user("Q"), assistant("B")] }]],
    ["rewardbench", [pair("A", { subset: "s", id: 3 })]],
    ["rewardbench2", [{ prompt: "Q", chosen: ["A"], rejected: ["B", "C"], subset: "s", num_correct: 1 }]],
    [
      "ultrafeedback",
      [
        {
          instruction: "Q",
          completions: [
            { response: "A", annotations },
            { response: "B", annotations: { helpfulness: { Rating: "2" } } },
          ],
        },
      ],
    ],
    ["ultrafeedback-binarized", [pair("A", { score_chosen: 5, score_rejected: 1, prompt_id: "h" })]],
    [
      "helpsteer",
      ["A", "B"].map((response, i) => ({
        prompt: "Q",
        response,
        helpfulness: i,
        correctness: 4,
        coherence: 4,
        complexity: 1 + i,
        verbosity: 2,
      })),
    ],
    ["helpsteer-preference", [{ prompt: "Q", response_1: "A", response_2: "B", preference_strength: -1 }]],
    [
      "webgpt",
      [{ text: ["## Human:\nQ\n## Assistant:\nA", "## Human:\nQ\n## Assistant:\nB"], score: [1, 0] }],
    ],
    ["llmbar", [{ input: "Q", output_1: "A", output_2: "B", label: 1 }]],
    [
      "styles",
      [
        {
          query: "Q",
          responses: { academy: "A", business: "B", entertainment: "E", literature: "L", normal: "N" },
        },
      ],
    ],
    [
      "finegrained-rlhf",
      [
        {
          question: "Q",
          passages: [["P"]],
          "prediction 1": "A",
          "prediction 2": "B",
          "prediction 3": "C",
          "prediction 4": "D",
          preference: [1, 1, 1, 2, 0, 1],
        },
      ],
    ],
  ];

  test.each(rows)("%s", async (format, content) => {
    const jsonl = await put(content);
    const expected = await readPairs([jsonl]);
    expect(expected.formats).toEqual({ [jsonl]: format });
    expect(expected.pairs.length).toBeGreaterThan(0);
    for (const ending of ["csv", "tsv.gz", "parquet"]) {
      const path = await put(content, ending);
      const found = await readPairs([path]);
      expect(found.formats).toEqual({ [path]: format });
      const place = ({ source: _, id: __, ...rest }: (typeof found.pairs)[number]) => rest;
      expect(found.pairs.map(place)).toEqual(expected.pairs.map(place));
      expect(found.leftOut).toEqual(expected.leftOut);
    }
  });
});

describe("readPairs", () => {
  test("ids, sources, the default value and the value given", async () => {
    const path = await put([pair("A"), pair("B", { id: "x" })]);
    const { pairs } = await readPairs([path]);
    expect(pairs).toEqual([
      { id: "1", prompt: [user("Q")], chosen: "A", rejected: "R", value: "preference", source: `${path}:1` },
      { id: "x", prompt: [user("Q")], chosen: "B", rejected: "R", value: "preference", source: `${path}:2` },
    ]);
    expect((await readPairs([path], { value: "helpful" })).pairs[0]?.value).toBe("helpful");
  });

  test("a value picks among those of the file; one that is not there is an error that names them", async () => {
    const path = await put([pair("A", { value: "helpful" }), pair("B", { value: "harmless" })]);
    expect((await readPairs([path], { value: "harmless" })).pairs.map((p) => p.chosen)).toEqual(["B"]);
    expect((await readPairs([path])).pairs.map((p) => p.value)).toEqual(["helpful", "harmless"]);
    const error = await errorOf(readPairs([path], { value: "kind" }));
    expect(error.fault).toMatchObject({ file: path, found: "helpful, harmless", expected: "kind" });
  });

  test("what is left out is counted by reason, for the value asked only", async () => {
    const rating = (helpfulness: string, honesty: string) => ({
      helpfulness: { Rating: helpfulness },
      honesty: { Rating: honesty },
    });
    const completions = [
      { response: "A", annotations: rating("5", "3") },
      { response: "B", annotations: rating("1", "3") },
    ];
    const path = await put([{ instruction: "Q", completions }]);
    expect((await readPairs([path])).leftOut).toEqual({ "a tie": 1 });
    expect((await readPairs([path], { value: "helpfulness" })).leftOut).toEqual({});
    expect(await readPairs([path], { value: "honesty" })).toMatchObject({
      pairs: [],
      leftOut: { "a tie": 1 },
    });
    const same = await put([pair("R"), pair("A")]);
    expect((await readPairs([same])).leftOut).toEqual({ "chosen and rejected are the same text": 1 });
  });

  test("duplicate ids are made unique and counted", async () => {
    const path = await put([
      pair("A", { id: "x" }),
      pair("B", { id: "x" }),
      pair("C", { id: "x#2" }),
      pair("D", { id: "x" }),
    ]);
    const { pairs, duplicateIds } = await readPairs([path]);
    expect(pairs.map(({ id }) => id)).toEqual(["x", "x#2", "x#2#2", "x#3"]);
    expect(duplicateIds).toBe(3);
  });

  test("a row with several pairs numbers them", async () => {
    const path = await put([{ id: "r", prompt: "Q", chosen: ["A"], rejected: ["B", "C"], subset: "s" }]);
    expect((await readPairs([path])).pairs.map(({ id }) => id)).toEqual(["r.1", "r.2"]);
  });

  test("rows of one prompt are compared wherever they stand (HelpSteer)", async () => {
    const row = (prompt: string, response: string, helpfulness: number) => ({
      prompt,
      response,
      helpfulness,
      correctness: 1,
      coherence: 1,
      complexity: 1,
      verbosity: 1,
    });
    const path = await put([row("Q", "A", 1), row("R", "X", 0), row("Q", "B", 4)]);
    const { pairs, rows, leftOut } = await readPairs([path], { value: "helpfulness" });
    expect(pairs).toMatchObject([{ chosen: "B", rejected: "A", source: `${path}:1` }]);
    expect([rows, leftOut]).toEqual([3, {}]);
  });

  test("the first bad row is thrown, with skipBad all are counted", async () => {
    const path = await putText(
      '{"prompt":"Q","chosen":"A","rejected":"B"}\n{"prompt":"Q","chosen":3,"rejected":"B"}\n{oops\n',
    );
    const error = await errorOf(readPairs([path]));
    expect(error.fault).toMatchObject({ file: path, line: 2, field: "chosen", found: "3" });
    const read = await readPairs([path], { skipBad: true });
    expect(read).toMatchObject({ rows: 3, badRows: 2 });
    expect(read.bad.map(({ fault }) => fault.line)).toEqual([2, 3]);
    expect(read.pairs).toHaveLength(1);
  });

  test("a file of bad rows only, of no known shape, of candidates", async () => {
    const bad = await putText("{oops\n{oops\n");
    expect((await errorOf(readPairs([bad], { skipBad: true }))).message).toContain("not JSON");
    const wrong = await put([{ prompt: 1, chosen: 2, rejected: 3 }]);
    const all = await errorOf(readPairs([wrong], { skipBad: true }));
    expect(all.message).toMatch(/every row of this file is bad.*for example: .*:1: the row does not fit/);
    const columns = await errorOf(readPairs([await put([{ question: "Q", chosen: "A", refused: "B" }])]));
    expect(columns.message).toContain('found columns "question", "chosen", "refused"');
    expect(columns.message).toMatch(/nearest first:\n {2}hh: /);
    expect((await errorOf(readPairs([await putText("[1, 2]", "json")]))).message).toContain("not objects");
    const candidates = await put([{ prompt: "Q", responses: ["A"] }]);
    expect((await errorOf(readPairs([candidates]))).message).toContain(
      "holds candidates, not preference pairs",
    );
  });

  test("data that is not preferences is told apart", async () => {
    const moderation = await put([{ prompt: "text", S: 0, H: 1 }]);
    expect((await errorOf(readPairs([moderation]))).message).toContain("moderation labels");
    const dialogues = await put([{ messages: [user("Q"), assistant("A")] }]);
    expect((await errorOf(readPairs([dialogues]))).message).toContain("nothing to compare");
  });

  test("a format by name", async () => {
    const path = await put([pair("A", { subset: "s" })]);
    expect((await readPairs([path], { format: "trl-explicit" })).formats).toEqual({ [path]: "trl-explicit" });
    await expect(readPairs([path], { format: "hhh" })).rejects.toThrow(UsageError);
  });

  test("one odd row among the first does not change the format", async () => {
    const path = await put([{ prompt: "Q", response: "A" }, pair("A"), pair("B")]);
    expect((await errorOf(readPairs([path]))).fault).toMatchObject({
      line: 1,
      field: "chosen",
      found: "nothing",
    });
    expect((await readPairs([path], { skipBad: true })).pairs).toHaveLength(2);
  });

  test("a gzip file that is cut off, an aborted read", async () => {
    const whole = gzipSync(
      Array.from({ length: 5000 }, (_, i) => JSON.stringify(pair(`${Math.sin(i)}`))).join("\n"),
    );
    const path = await putText(whole.subarray(0, whole.length / 2), "jsonl.gz");
    expect((await errorOf(readPairs([path], { skipBad: true }))).message).toContain("cut off");
    const fine = await putText(whole, "jsonl.gz");
    const reason = new Error("stop");
    await expect(readPairs([fine], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test("pairs survive JSONL, CSV and Parquet", async () => {
    const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((t) => !/^\s*(Human:|\[\{)/.test(t));
    // text formats have no −0
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0);
    const content = fc.record({
      prompt: text,
      chosen: text,
      rejected: text,
      value: text,
      margin: finite,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          content.filter(({ chosen, rejected }) => chosen !== rejected),
          { minLength: 1, maxLength: 5 },
        ),
        fc.constantFrom("jsonl", "csv", "parquet"),
        async (rows, ending) => {
          const { pairs } = await readPairs([await put(rows, ending)]);
          const back = pairs.map(({ prompt, chosen, rejected, value, margin }) => ({
            prompt: prompt[0]?.content,
            chosen,
            rejected,
            value,
            margin,
          }));
          expect(back).toEqual(rows);
        },
      ),
      { numRuns: 60 },
    );
  });
});

test("parsePrompt: text, transcript, messages, or an error at its place", () => {
  const place = { file: "x.csv", line: 4 };
  expect(parsePrompt("Q", place)).toEqual([user("Q")]);
  expect(parsePrompt("\n\nHuman: Q\n\nAssistant: A\n\nHuman: R", place)).toEqual([
    user("Q"),
    assistant("A"),
    user("R"),
  ]);
  expect(parsePrompt(JSON.stringify([user("Q")]), place)).toEqual([user("Q")]);
  expect(() => parsePrompt(undefined, place)).toThrow(/x\.csv:4.*"prompt".*found nothing/);
});

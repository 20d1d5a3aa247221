import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { InputError, UsageError } from "../io/errors.ts";
import { promptHash } from "../preferences/index.ts";
import { numericColumns, readScores } from "./audit-read.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-audit-"));
});

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const failure = async (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => {
      throw new Error("nothing was thrown");
    },
    (error) => error,
  );

describe("what is read", () => {
  test("a CSV, grouped by prompt wherever its rows stand", async () => {
    const path = await file("a.csv", "prompt,response,a,b\np,one,1,-2\nq,two,3,4\np,three,5e-1,6\n");
    const table = await readScores(path, { columns: ["b", "a"] });
    expect(table).toMatchObject({ columns: ["b", "a"], hasResponses: true, read: 3, bad: [] });
    expect(table.groups).toHaveLength(2);
    expect(table.groups[0]).toEqual({
      promptHash: promptHash([{ role: "user", content: "p" }]),
      prompt: [{ role: "user", content: "p" }],
      lines: [2, 4],
      responses: ["one", "three"],
      rewards: [Float64Array.of(-2, 6), Float64Array.of(1, 0.5)],
    });
  });

  test("JSONL with rewards in an object, and other names for prompt and response", async () => {
    const path = await file(
      "b.jsonl",
      '{"q":"p","answer":"one","rewards":{"a":1},"scores":{"rm":{"b":2}}}\n',
    );
    const table = await readScores(path, {
      columns: ["a", "scores.rm.b"],
      promptColumn: "q",
      responseColumn: "answer",
    });
    expect(table.groups[0]!.rewards).toEqual([Float64Array.of(1), Float64Array.of(2)]);
    expect(table.groups[0]!.responses).toEqual(["one"]);
    expect((await readScores(path, { columns: ["rewards.a"], promptColumn: "q" })).columns).toEqual(["a"]);
  });

  test("a list of candidates in one row", async () => {
    const path = await file(
      "c.jsonl",
      '{"prompt":"p","candidates":[{"response":"x","rewards":{"a":1}},{"response":"y","rewards":{"a":2}}]}\n',
    );
    const table = await readScores(path, { columns: ["a"] });
    expect(table.groups[0]).toMatchObject({
      lines: [1, 1],
      responses: ["x", "y"],
      rewards: [Float64Array.of(1, 2)],
    });
  });

  test("no response column: the audit goes on without lengths", async () => {
    const table = await readScores(await file("d.csv", "prompt,a\np,1\n"), { columns: ["a"] });
    expect(table).toMatchObject({ hasResponses: false, groups: [{ responses: [""] }] });
  });
});

describe("rows that can't be used", () => {
  test.each([
    ["NaN", "nan", "a: NaN"],
    ["Infinity", "Infinity", "a: Infinity"],
    ["-inf", "-inf", "a: -Infinity"],
    ["empty", "", "a: empty"],
    ["blank", "  ", "a: empty"],
    ["text", "high", "a: not a number"],
    ["too large", "1e101", "a: too large"],
    ["hexadecimal", "0x10", "a: not a number"],
    ["underscores", "1_000", "a: not a number"],
  ])("%s: refused with file, line and field, or counted", async (name, cell, reason) => {
    const path = await file(`bad ${name}.csv`, `prompt,response,a\np,one,1\np,two,${cell}\np,three,2\n`);
    const error = await failure(readScores(path, { columns: ["a"] }));
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).fault).toMatchObject({ file: path, line: 3, field: "a" });
    const table = await readScores(path, { columns: ["a"], skipBad: true });
    expect(table).toMatchObject({ read: 3, bad: [{ reason, count: 1, firstLine: 3 }] });
    expect(table.groups[0]!.rewards).toEqual([Float64Array.of(1, 2)]);
  });

  test("null and a missing cell of JSONL are empty", async () => {
    const path = await file("null.jsonl", '{"prompt":"p","a":1}\n{"prompt":"p","a":null}\n{"prompt":"p"}\n');
    const table = await readScores(path, { columns: ["a"], skipBad: true });
    expect(table.bad).toEqual([{ reason: "a: empty", count: 2, firstLine: 2 }]);
  });

  test("lines that do not parse, rows that are no object, prompts that are none", async () => {
    const path = await file("mixed.jsonl", '{"prompt":"p","a":1}\n{"prompt":\n[1]\n{"prompt":7,"a":1}\n');
    const table = await readScores(path, { columns: ["a"], skipBad: true });
    expect(table.read).toBe(4);
    expect(table.bad.map(({ reason, count }) => [reason, count])).toEqual([
      ["unreadable row", 1],
      ["not an object", 1],
      ["prompt: no prompt", 1],
    ]);
    await expect(readScores(path, { columns: ["a"] })).rejects.toThrow(InputError);
  });

  test("nothing usable at all", async () => {
    const path = await file("none.csv", "prompt,a\np,\nq,NaN\n");
    const error = await failure(readScores(path, { columns: ["a"], skipBad: true }));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(/no usable row.*1 × a: empty, 1 × a: NaN/);
  });
});

describe("columns", () => {
  test("a wrong name gets the nearest one, with and without skipBad", async () => {
    const path = await file("names.csv", "prompt,response,helpful,harmless\np,one,1,2\n");
    for (const skipBad of [true, false]) {
      const error = await failure(readScores(path, { columns: ["helpfull"], skipBad }));
      expect(error).toBeInstanceOf(UsageError);
      expect(error.message).toMatch(/no column "helpfull"; did you mean "helpful"\?.*"harmless"/);
    }
    expect(
      (await failure(readScores(path, { columns: ["helpful"], promptColumn: "promt" }))).message,
    ).toMatch(/did you mean "prompt"/);
    expect(
      (await failure(readScores(path, { columns: ["helpful"], responseColumn: "zzz" }))).message,
    ).toMatch(/no column "zzz" \(/);
  });

  test("none, or one twice", async () => {
    const path = await file("twice.csv", "prompt,a\np,1\n");
    await expect(readScores(path, { columns: [] })).rejects.toThrow(UsageError);
    await expect(readScores(path, { columns: ["a", "a"] })).rejects.toThrow(/named twice/);
  });

  test("the numeric ones are found; ids, truth, utility and half-filled text are not", async () => {
    const path = await file(
      "numeric.csv",
      "id,prompt,a,b,c,truth.a,row,u\n1,p,0.5,,x,1,1,-1\n2,q,-1,3,4,0,2,-2\n",
    );
    expect(await numericColumns(path)).toEqual(["a", "b"]);
    const nested = await file("numeric.jsonl", '{"prompt":"p","rewards":{"a":1},"n":{"b":2},"flag":true}\n');
    expect(await numericColumns(nested)).toEqual(["a", "n.b"]);
  });
});

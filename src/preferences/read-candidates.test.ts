import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../io/errors.ts";
import { createRowWriter } from "../io/write.ts";
import { openCandidateRows, promptHash, readCandidates } from "./index.ts";

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
describe("readCandidates", () => {
  test("rows of one prompt, in whatever files, make one set", async () => {
    const one = await put([
      { prompt: "Q", response: "A", helpful: 1 },
      { prompt: "R", response: "X", helpful: 2 },
    ]);
    const other = await put([{ prompt: [user("Q")], responses: ["B", { response: "C", id: "1" }] }]);
    const { sets, formats, duplicateIds, rows } = await readCandidates([one, other]);
    expect(formats).toEqual({ [one]: "candidate-rows", [other]: "candidates" });
    expect(sets).toEqual([
      {
        promptHash: promptHash([user("Q")]),
        prompt: [user("Q")],
        candidates: [
          { id: "1", response: "A", rewards: { helpful: 1 } },
          { id: "2", response: "B" },
          { id: "1#2", response: "C" },
        ],
        source: `${one}:1`,
      },
      {
        promptHash: promptHash([user("R")]),
        prompt: [user("R")],
        candidates: [{ id: "1", response: "X", rewards: { helpful: 2 } }],
        source: `${one}:2`,
      },
    ]);
    expect([duplicateIds, rows]).toEqual([1, 3]);
  });

  test("a cell holds a number by its digits, not as a program would write one", async () => {
    const path = await putText(
      "prompt,response,plain,exponent,spaces,hex,underscore\nQ,A,2,1e5, 5 ,0x10,1_000\n",
      "csv",
    );
    const { sets } = await readCandidates([path]);
    expect(sets[0]?.candidates[0]?.rewards).toEqual({ plain: 2, exponent: 100_000, spaces: 5 });
    const beyond = await putText("prompt,response,helpful\nQ,A,1e999\n", "csv");
    expect((await errorOf(readCandidates([beyond]))).fault).toMatchObject({ line: 2, found: '"1e999"' });
  });

  test("bad rewards are thrown or counted", async () => {
    const path = await putText("prompt,response,helpful\nQ,A,1\nQ,B,NaN\nQ,C,inf\n", "csv");
    expect((await errorOf(readCandidates([path]))).fault).toMatchObject({ line: 3, field: "helpful" });
    const read = await readCandidates([path], { skipBad: true });
    expect(read.sets[0]?.candidates).toHaveLength(1);
    expect(read.badRows).toBe(2);
  });

  test("a file of pairs, a file without a usable row", async () => {
    expect(
      (await errorOf(readCandidates([await put([{ prompt: "Q", chosen: "A", rejected: "B" }])]))).message,
    ).toContain("not candidates");
    const empty = await put([{ prompt: "Q", responses: [] }]);
    expect((await errorOf(readCandidates([empty], { skipBad: true }))).message).toContain("every row");
  });

  test("streamed rows come in file order, bad ones as errors", async () => {
    const path = await putText(
      '{"prompt":"Q","response":"A"}\n{"prompt":"Q"}\n{"prompt":"R","response":"B"}\n',
    );
    const found: unknown[] = [];
    for await (const row of openCandidateRows(path)) {
      found.push("error" in row ? row.error.fault.line : row.candidates[0]?.response);
    }
    expect(found).toEqual(["A", 2, "B"]);
  });
});

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readRows } from "../io/rows.ts";
import type { RewardModel } from "./reward-model.ts";
import { scoreFile } from "./score-file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-score-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Rewards brevity: a real model in one line. */
const brief: RewardModel = {
  name: "brevity",
  value: "brief",
  score: async (items) => Float64Array.from(items, ({ response }) => -response.length),
};
const questions: RewardModel = {
  name: "questions",
  value: "asking",
  score: async (items) => Float64Array.from(items, ({ response }) => response.split("?").length - 1),
};

const rows = Array.from({ length: 1000 }, (_, i) => ({
  prompt: `prompt ${i % 300}`,
  response: `answer ${"very ".repeat(i % 7)}long${"?".repeat(i % 3)}, "quoted" and, é🙂`,
  note: i,
}));
const jsonl = () => rows.map((row) => JSON.stringify(row)).join("\n");

async function score(out: string, options: Partial<Parameters<typeof scoreFile>[0]> = {}) {
  return scoreFile({
    data: join(folder, "data.jsonl"),
    out: join(folder, out),
    models: [brief, questions],
    modelsId: "brief+asking",
    ...options,
  });
}

async function readAll(file: string): Promise<Record<string, unknown>[]> {
  const all = [];
  for await (const row of readRows(join(folder, file))) {
    if ("error" in row) throw row.error;
    all.push(row.value as Record<string, unknown>);
  }
  return all;
}

describe("scoreFile", () => {
  beforeEach(() => writeFile(join(folder, "data.jsonl"), jsonl()));

  test.each(["out.jsonl", "out.csv", "out.parquet"])(
    "%s: the input's columns and one a model, in order",
    async (out) => {
      expect(await score(out)).toEqual({ scored: 1000, bad: 0, resumed: 0 });
      const written = await readAll(out);
      expect(written).toHaveLength(1000);
      written.forEach((row, i) => {
        const { prompt, response, note } = rows[i]!;
        const numbers = out.endsWith(".csv") ? String : (x: number) => x;
        expect(row).toEqual({
          prompt,
          response,
          note: numbers(note),
          brief: numbers(-response.length),
          asking: numbers(response.split("?").length - 1),
        });
      });
      expect((await readdir(folder)).sort()).toEqual(["data.jsonl", out].sort());
    },
  );

  test.each(["out.jsonl", "out.csv", "out.parquet"])(
    "%s: interrupted and resumed is the same bytes",
    async (out) => {
      await score(`whole-${out}`);
      const abort = new AbortController();
      const interrupted = score(out, {
        signal: abort.signal,
        onProgress: (done) => done >= 512 && abort.abort(new Error("stopped")),
      });
      await expect(interrupted).rejects.toThrow("stopped");
      expect(await readdir(folder)).not.toContain(out);
      expect(await score(out)).toEqual({ scored: 1000, bad: 0, resumed: 512 });
      expect(await readFile(join(folder, out))).toEqual(await readFile(join(folder, `whole-${out}`)));
    },
  );

  test("a run that goes on with other models is refused", async () => {
    const abort = new AbortController();
    const first = score("out.jsonl", {
      signal: abort.signal,
      onProgress: () => abort.abort(new Error("stopped")),
    });
    await expect(first).rejects.toThrow("stopped");
    await expect(score("out.jsonl", { modelsId: "others" })).rejects.toThrow(
      /unfinished run with other input/,
    );
  });

  test("lists of candidates become a row each", async () => {
    await writeFile(
      join(folder, "data.jsonl"),
      '{"prompt":"hi","candidates":[{"id":"a","response":"yes?","truth":{"good":1}},{"response":"no"}]}\n',
    );
    await score("out.jsonl");
    expect(await readAll("out.jsonl")).toEqual([
      { prompt: "hi", id: "a", response: "yes?", "truth.good": 1, brief: -4, asking: 1 },
      { prompt: "hi", response: "no", brief: -2, asking: 0 },
    ]);
  });

  test("a bad row stops it with its line, or is counted under skipBad; nothing half written stays", async () => {
    await writeFile(join(folder, "data.jsonl"), `${jsonl()}\n{"prompt":"x"}\nnot json\n`);
    await expect(score("out.jsonl")).rejects.toThrow(/data\.jsonl:1001: .*response/);
    expect(await score("other.jsonl", { skipBad: true })).toMatchObject({ scored: 1000, bad: 2 });
    expect(await readdir(folder)).not.toContain("out.jsonl");
  });

  test("a column that the scores would overwrite is refused by name", async () => {
    await writeFile(join(folder, "data.jsonl"), '{"prompt":"a","response":"b","brief":3}\n');
    await expect(score("out.jsonl")).rejects.toThrow(/data\.jsonl:1: the file already has a column "brief"/);
    expect(await readdir(folder)).toEqual(["data.jsonl"]);
  });

  test("an ending that no rows are written to is refused before anything is scored", async () => {
    const models = [{ ...brief, score: () => Promise.reject(new Error("scored")) }];
    for (const out of ["out.txt", "out.parquet.gz", "out"])
      await expect(score(out, { models })).rejects.toThrow(/rows are written as \.jsonl/);
    expect(await readdir(folder)).toEqual(["data.jsonl"]);
  });

  test("the data itself is not written over", async () => {
    await expect(score("data.jsonl")).rejects.toThrow(/data\.jsonl is the data itself.*another --out/);
    await expect(score("", { out: `${folder}/./data.jsonl` })).rejects.toThrow(/itself/);
    expect(await readFile(join(folder, "data.jsonl"), "utf8")).toBe(jsonl());
  });

  test("a value that is called as every object's own parts are is a column like others", async () => {
    await writeFile(join(folder, "data.jsonl"), '{"prompt":"a","response":"b"}\n');
    await score("out.jsonl", { models: [{ ...brief, value: "constructor" }] });
    expect(await readAll("out.jsonl")).toEqual([{ prompt: "a", response: "b", constructor: -1 }]);
  });
});

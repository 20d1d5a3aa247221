import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../../io/errors.ts";
import type { Row } from "../../../io/row.ts";
import { readRowsOf } from "../../../io/row-source.ts";
import { readRows } from "../../../io/rows.ts";
import { blobSource } from "./blob-source.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-blob-"));
});
afterAll(() => rm(folder, { recursive: true }));

type Read = { rows: unknown[]; error?: string };

/** All rows with their errors' texts, up to what ends the reading. */
async function drain(rows: AsyncIterable<Row>): Promise<Read> {
  const read: unknown[] = [];
  try {
    for await (const row of rows) {
      read.push("error" in row ? { line: row.line, error: row.error.message } : row);
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { rows: read, error: error.message };
  }
  return { rows: read };
}

/** What the command reads from disk and what the page reads from a chosen file. */
async function both(name: string, content: string | Uint8Array): Promise<{ command: Read; page: Read }> {
  const path = join(folder, name);
  await writeFile(path, content);
  return {
    command: await drain(readRows(path)),
    page: await drain(readRowsOf(blobSource(new Blob([await readFile(path)]), path))),
  };
}

const rows = Array.from({ length: 3000 }, (_, i) => ({
  prompt: `ask ${i >> 2}`,
  response: `\ufeffÄ "quoted", line\nbreak 👋 ${i}`,
  a: Math.sin(i),
}));
const csv = (lines: readonly string[][]) =>
  lines.map((line) => line.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",")).join("\n");
const table = csv([["prompt", "response", "a"], ...rows.map((row) => Object.values(row).map(String))]);
const jsonl = rows.map((row) => JSON.stringify(row)).join("\n");
const parquet = (codec: "SNAPPY" | "UNCOMPRESSED") =>
  new Uint8Array(
    parquetWriteBuffer({
      codec,
      columnData: [
        { name: "response", data: rows.map(({ response }) => response), type: "STRING" },
        { name: "a", data: rows.map(({ a }) => a), type: "DOUBLE" },
      ],
    }),
  );
const middle = (bytes: Uint8Array, change: number) => {
  const damaged = bytes.slice();
  damaged[bytes.length >> 1]! ^= change;
  return damaged;
};

describe("reads a chosen file as the command reads it from disk", () => {
  test.each<[string, string | Uint8Array]>([
    ["a.jsonl", jsonl],
    ["mark.jsonl", `\ufeff${jsonl}`],
    ["a.jsonl.gz", gzipSync(jsonl)],
    ["named-otherwise.txt.gz", gzipSync(jsonl)],
    ["a.json", JSON.stringify(rows)],
    ["a.json.gz", gzipSync(JSON.stringify(rows))],
    ["a.csv", table],
    ["mark.csv", `\ufeff${table}`],
    ["a.csv.gz", gzipSync(table)],
    ["a.tsv", "prompt\ta\nx\t1\n\ny\t2\r\n"],
    ["a.parquet", parquet("UNCOMPRESSED")],
    ["snappy.parquet", parquet("SNAPPY")],
  ])("%s", async (name, content) => {
    const { command, page } = await both(name, content);
    expect(command.error).toBeUndefined();
    expect(command.rows.length).toBeGreaterThan(1);
    expect(page).toEqual(command);
  });

  test.each<[string, string | Uint8Array]>([
    ["empty.jsonl", ""],
    ["header.csv", "prompt,a\n"],
    ["what.bin", "hello"],
    ["line.jsonl", '{"a":1}\n{"a":NaN}\n{"a":2}'],
    ["latin1.jsonl", Uint8Array.from([...Buffer.from('{"a":"'), 0xe4, ...Buffer.from('"}\n{"a":1}')])],
    ["broken.json", '[{"a":1},\n{"a":}]'],
    ["fields.csv", "prompt,a\nx,1\ny\nz,3\n"],
    ["bytes.csv", Uint8Array.from([...Buffer.from("prompt,a\n"), 0xe4, ...Buffer.from(",1\n")])],
    ["quote.csv", `prompt,a\n${"x,1\n".repeat(500)}"y,2\n`],
    ["closing.csv", `prompt,a\n${"x,1\n".repeat(500)}"y"z,2\n${"x,1\n".repeat(500)}`],
    ["opening.csv", `prompt,a\n${"x,1\n".repeat(40)}y"z,2\n`],
    ["twice.csv", "a,a\n1,2\n"],
    ["nameless.csv", "a,\n1,2\n"],
    ["cut.jsonl.gz", gzipSync(jsonl).subarray(0, 5000)],
    ["cut.parquet", parquet("SNAPPY").subarray(0, 4000)],
    ["header.jsonl.gz", Uint8Array.from([0x1f, 0x8b, 0, 0, 0, 0, 0, 0, 0, 0])],
    ["sum.jsonl.gz", gzipSync(jsonl).map((byte, i, all) => (i === all.length - 6 ? byte ^ 1 : byte))],
    ["damaged.parquet", middle(parquet("UNCOMPRESSED"), 0xff)],
  ])("with the same words for what is wrong: %s", async (name, content) => {
    const { command, page } = await both(name, content);
    expect(
      command.error ?? command.rows.find((row) => JSON.stringify(row).includes('"error"')),
    ).toBeDefined();
    // how much is unpacked before a fault depends on the sizes of chunks
    const words = (error = "") => error.replace(/[\d,]+ rows were/, "… rows were");
    expect(words(page.error)).toBe(words(command.error));
    if (command.error === undefined) expect(page.rows).toEqual(command.rows);
  });

  test("counts the bytes that are read, packed or not", async () => {
    for (const [name, content] of [
      ["a.csv", Buffer.from(table)],
      ["a.csv.gz", gzipSync(table)],
    ] as const) {
      let last = 0;
      const source = blobSource(new Blob([content]), name, (read) => {
        expect(read).toBeGreaterThan(last);
        last = read;
      });
      await drain(readRowsOf(source));
      expect(last).toBe(content.length);
    }
  });
});

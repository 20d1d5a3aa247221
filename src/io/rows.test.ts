import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "./errors.ts";
import { readJson } from "./json.ts";
import { type ReadOptions, type Row, readRows } from "./rows.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-rows-"));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function put(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, `${files++}-${name}`);
  await writeFile(path, content);
  return path;
}

async function read(path: string, options?: ReadOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of readRows(path, options)) rows.push(row);
  return rows;
}

/** The fault of a file that can't be read as a whole. */
async function faultOf(path: string, options?: ReadOptions) {
  const error = await read(path, options).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InputError);
  return (error as InputError).fault;
}

/** The fault of one bad row. */
function badRow(rows: readonly Row[], index: number) {
  const row = rows[index]!;
  if (!("error" in row)) throw new Error(`row ${index} is not bad`);
  expect(row.error.fault.line).toBe(row.line);
  return row.error.fault;
}

const two = [
  { line: 1, value: { a: 1 } },
  { line: 2, value: { a: 2 } },
];

describe("formats", () => {
  test.each(["x.jsonl", "x.ndjson", "x.json", "x", "x.txt"])("JSONL as %s, also gzipped", async (name) => {
    const text = '{"a":1}\n{"a":2}\n';
    expect(await read(await put(name, text))).toEqual(two);
    expect(await read(await put(`${name}.gz`, gzipSync(text)))).toEqual(two);
  });

  test("gzip is known by content, whatever the name", async () => {
    expect(await read(await put("x.jsonl", gzipSync('{"a":1}\n{"a":2}')))).toEqual(two);
    expect(await read(await put("x.jsonl.gz", '{"a":1}\n{"a":2}'))).toEqual(two);
  });

  test("gzip files put one after the other", async () => {
    const parts = Buffer.concat([gzipSync('{"a":1}\n'), gzipSync('{"a":2}\n')]);
    expect(await read(await put("x.jsonl.gz", parts))).toEqual(two);
  });

  test("byte-order mark, CRLF, blank lines, no newline at the end", async () => {
    const rows = await read(await put("x.jsonl", '\ufeff{"a":1}\r\n\r\n  \n{"a":"é\u2028"}'));
    expect(rows).toEqual([two[0], { line: 4, value: { a: "é\u2028" } }]);
  });

  test("JSON array and single object", async () => {
    expect(await read(await put("x.json", '\ufeff[{"a":1},\n {"a":2}]'))).toEqual(two);
    expect(await read(await put("x.json.gz", gzipSync('[{"a":1},{"a":2}]')))).toEqual(two);
    expect(await read(await put("x", '[{"a":1},{"a":2}]'))).toEqual(two);
    expect(await read(await put("x.json", '{\n "a": 1\n}\n'))).toEqual([two[0]]);
    expect(await read(await put("x.json", '{"a":1}'))).toEqual([two[0]]);
  });

  test("a .json file whose first line is longer than what detection looks at", async () => {
    const long = JSON.stringify({ a: "x".repeat(200_000) });
    expect(await read(await put("x.json", `${long}\n${long}\n`))).toHaveLength(2);
  });

  test("CSV and TSV: quotes, line breaks, empty cells; values stay text", async () => {
    const csv = '\ufeffa,b\r\n1,"x ""y"", z"\r\n\r\n"two\nlines",\r\n3,é\r\n';
    expect(await read(await put("x.csv", csv))).toEqual([
      { line: 2, value: { a: "1", b: 'x "y", z' } },
      { line: 4, value: { a: "two\nlines", b: "" } },
      { line: 6, value: { a: "3", b: "é" } },
    ]);
    expect(await read(await put("x.tsv.gz", gzipSync("a\tb\n1\t2,5\n")))).toEqual([
      { line: 2, value: { a: "1", b: "2,5" } },
    ]);
  });

  test("Parquet: plain values, row numbers across row groups", async () => {
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: "id", data: [1n, 2n ** 60n, 3n], type: "INT64" },
        { name: "text", data: ["a", null, "ü"], type: "STRING" },
        { name: "when", data: [new Date(0), new Date(1), new Date(2)], type: "TIMESTAMP" },
        { name: "list", data: [[1], ["x"], { y: null }], type: "JSON" },
      ],
      rowGroupSize: 2,
    });
    const path = await put("x.parquet", new Uint8Array(bytes));
    expect(await read(path)).toEqual([
      { line: 1, value: { id: 1, text: "a", when: "1970-01-01T00:00:00.000Z", list: [1] } },
      {
        line: 2,
        value: { id: "1152921504606846976", text: null, when: "1970-01-01T00:00:00.001Z", list: ["x"] },
      },
      { line: 3, value: { id: 3, text: "ü", when: "1970-01-01T00:00:00.002Z", list: { y: null } } },
    ]);
    expect(await read(await put("x", new Uint8Array(bytes)))).toHaveLength(3);
  });
});

describe("bad rows: reported with their line, and reading goes on", () => {
  test("not JSON", async () => {
    const rows = await read(await put("x.jsonl", '{"a":1}\n{"a":}\n{"a":2}\n'));
    expect(badRow(rows, 1)).toMatchObject({ line: 2, found: "column 6" });
    expect(rows[2]).toEqual({ line: 3, value: { a: 2 } });
  });

  test.each(["NaN", "Infinity", "-Infinity"])("%s", async (token) => {
    const rows = await read(await put("x.jsonl", `{"note":"NaN is fine here","a":${token}}\n{"a":2}`));
    expect(badRow(rows, 0).problem).toContain(`${token} is not JSON`);
    expect(rows).toHaveLength(2);
  });

  test("invalid UTF-8", async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"a":1}\n{"a":"'),
      Buffer.from([0xff]),
      Buffer.from('"}\n{"a":2}\n'),
    ]);
    const rows = await read(await put("x.jsonl", bytes));
    expect(badRow(rows, 1).problem).toContain("UTF-8");
    expect(rows[2]).toEqual({ line: 3, value: { a: 2 } });
  });

  test("a line over the limit is told with its size", async () => {
    const long = JSON.stringify({ a: "x".repeat(5000) });
    const rows = await read(await put("x.jsonl", `{"a":1}\n${long}\n{"a":2}\n`), { maxLineBytes: 1000 });
    expect(badRow(rows, 1)).toMatchObject({ found: "5,008 bytes", expected: "at most 1,000" });
    expect(rows[2]).toEqual({ line: 3, value: { a: 2 } });
  });

  test("a single line of 100 MB is dropped, not held in memory", async () => {
    const part = Buffer.alloc(10 ** 7, "x");
    const path = await put("x.jsonl", Buffer.concat([Buffer.from('{"a":1}\n'), ...Array(10).fill(part)]));
    global.gc?.();
    const before = process.memoryUsage().rss;
    const rows = await read(path);
    expect(badRow(rows, 1)).toMatchObject({ line: 2, found: "100,000,000 bytes" });
    // 64 MiB are held until the limit is reached; a reader that kept the line would need it twice, as bytes and as text
    expect(process.memoryUsage().rss - before).toBeLessThan(170 * 2 ** 20);
  });

  test("CSV: ragged rows and invalid UTF-8", async () => {
    const bytes = Buffer.concat([
      Buffer.from("a,b\n1\n1,2,3\n"),
      Buffer.from([0xe9, 0x2c, 0x31, 0x0a]),
      Buffer.from("5,6"),
    ]);
    const rows = await read(await put("x.csv", bytes));
    expect(badRow(rows, 0)).toMatchObject({ line: 2, found: "1 fields", expected: "2" });
    expect(badRow(rows, 1)).toMatchObject({ line: 3, found: "3 fields" });
    expect(badRow(rows, 2)).toMatchObject({ line: 4, problem: "not valid UTF-8" });
    expect(rows[3]).toEqual({ line: 5, value: { a: "5", b: "6" } });
  });

  test("Parquet: text that is not UTF-8", async () => {
    const bytes = new Uint8Array(
      parquetWriteBuffer({ columnData: [{ name: "a", data: ["one", "XYZ", "two"] }] }),
    );
    const at = Buffer.from(bytes).indexOf("XYZ");
    bytes[at] = 0xff;
    const rows = await read(await put("x.parquet", bytes));
    expect(badRow(rows, 1).problem).toBe("not valid UTF-8");
    expect(rows[2]).toEqual({ line: 3, value: { a: "two" } });
  });
});

describe("trouble with the whole file", () => {
  test("missing, a folder", async () => {
    expect((await faultOf(join(folder, "none.jsonl"))).problem).toContain("no such file");
    const path = join(folder, "folder.jsonl");
    await mkdir(path);
    expect((await faultOf(path)).problem).toContain("a folder");
  });

  test.each(["x.jsonl", "x.json", "x.csv", "x.parquet", "x"])("empty: %s", async (name) => {
    expect(await faultOf(await put(name, ""))).toMatchObject({ problem: "the file is empty" });
  });

  test.each([
    ["x.jsonl", "\n\n"],
    ["x.json", "[]"],
    ["x.csv", "a,b\n"],
    ["x.jsonl.gz", gzipSync("")],
    [
      "x.parquet",
      new Uint8Array(parquetWriteBuffer({ columnData: [{ name: "a", data: [], type: "STRING" }] })),
    ],
  ])("no rows: %s", async (name, content) => {
    expect((await faultOf(await put(name, content))).problem).toBe("the file holds no rows");
  });

  test("gzip that is cut off, with the number of rows before it", async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `{"a":${(i * 7919) % 104729}}\n`).join("");
    const whole = gzipSync(lines);
    const path = await put("x.jsonl.gz", whole.subarray(0, whole.length - 2000));
    const rows: Row[] = [];
    const error = await (async () => {
      for await (const row of readRows(path)) rows.push(row);
    })().catch((thrown: unknown) => thrown as InputError);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every((row) => "value" in row)).toBe(true);
    expect(error?.message).toContain("cut off");
    expect(error?.message).toContain(`${rows.length.toLocaleString("en")} rows were read before it`);
  });

  test("gzip that is damaged", async () => {
    const bytes = gzipSync('{"a":1}\n'.repeat(1000));
    bytes[12]! ^= 0xff;
    expect((await faultOf(await put("x.jsonl.gz", bytes))).problem).toContain("damaged");
  });

  test("JSON: line and column of a fault, invalid UTF-8, no value", async () => {
    const fault = await faultOf(await put("x.json", '[\n  {"a": 1},\n  {"a": NaN}\n]'));
    expect(fault).toMatchObject({ line: 3, found: "column 9" });
    const bytes = Buffer.from([0x5b, 0x0a, 0x22, 0xff, 0x22, 0x5d]);
    expect(await faultOf(await put("x.json", bytes))).toMatchObject({ line: 2, problem: "not valid UTF-8" });
    expect((await faultOf(await put("x.json", " \n"))).problem).toBe("the file is empty");
    expect((await faultOf(await put("x.json", '[{"a":1}'))).problem).toContain("ends too early");
  });

  test("JSON over its size limit is refused with advice", async () => {
    async function* chunks() {
      for (let i = 0; i < 4; i++) yield Buffer.alloc(400, " ");
    }
    const error = await readJson("big.json", chunks(), 1000)
      .next()
      .catch((thrown: unknown) => thrown as InputError);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toContain("Convert it to JSONL");
  });

  test.each([
    ["duplicate column", "a,b,a\n1,2,3\n", "one name"],
    ["column without a name", "a,,b\n1,2,3\n", "no name"],
    ["quote that never closes", 'a,b\n1,2\n1,"x\n2,3\n', "not closed"],
    ["text after a closing quote", 'a,b\n1,"x"y\n', "closing quote"],
    ["quote inside a bare field", 'a,b\n1,x"y"\n', "not quoted"],
  ])("CSV: %s", async (_, text, problem) => {
    const fault = await faultOf(await put("x.csv", text));
    expect(fault.problem).toContain(problem);
    expect(fault.line).toBeGreaterThan(0);
  });

  test("CSV: the line of a fault counts the rows before it", async () => {
    const fault = await faultOf(
      await put("x.csv", `a,b\n${"1,2\n".repeat(300)}1,"x"y\n${"1,2\n".repeat(300)}`),
    );
    expect(fault.line).toBe(302);
  });

  test("CSV: a record over the limit", async () => {
    const path = await put("x.csv", `a,b\n1,"${"x\n".repeat(5000)}`);
    expect((await faultOf(path, { maxLineBytes: 1000 })).problem).toContain("too long");
  });

  test("Parquet that is cut off or something else", async () => {
    const bytes = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: "a", data: ["x", "y"] }] }));
    expect((await faultOf(await put("x.parquet", bytes.subarray(0, bytes.length - 5)))).problem).toContain(
      "Parquet",
    );
    expect((await faultOf(await put("x.parquet", '{"a":1}'))).problem).toContain("Parquet");
  });

  test("a format that is not known", async () => {
    const fault = await faultOf(await put("x.xlsx", "PK\u0003\u0004"));
    expect(fault.problem).toContain("can't tell the format");
    expect(fault.expected).toContain(".jsonl");
  });
});

test("stops when aborted, and leaves no open file when the consumer stops", async () => {
  const path = await put("x.jsonl", '{"a":1}\n'.repeat(500_000));
  const abort = new AbortController();
  const reason = new Error("stop");
  await expect(async () => {
    for await (const _ of readRows(path, { signal: abort.signal })) abort.abort(reason);
  }).rejects.toBe(reason);
  for await (const row of readRows(path)) {
    expect(row).toEqual(two[0]);
    break;
  }
});

/**
 * Rows of a file, whatever its format, one after the other.
 * @module
 */
import { constants, gunzipSync } from "node:zlib";
import { firstBytes, isGzip, readBytes } from "./bytes.ts";
import { readCsv } from "./csv.ts";
import { InputError } from "./errors.ts";
import { readJson } from "./json.ts";
import { readJsonl } from "./jsonl.ts";
import { readParquet } from "./parquet.ts";
import type { ReadOptions, Row } from "./row.ts";

export type { ReadOptions, Row } from "./row.ts";

/**
 * Reads `.jsonl`, `.ndjson`, `.json` (array, single object, or JSONL under that name), `.csv`, `.tsv` and `.parquet`; all
 * but Parquet also gzipped, which is known by content. Other endings go by content. Streams, but for JSON arrays (whole)
 * and Parquet (a row group at a time). A broken row comes as `{ line, error }` and reading goes on. CSV values stay text.
 * @throws InputError for trouble with the file as a whole: missing, empty, no rows, cut-off gzip, unreadable format
 */
export async function* readRows(file: string, options: ReadOptions = {}): AsyncGenerator<Row> {
  let rows = 0;
  try {
    for await (const batch of await openRows(file, options)) {
      for (const row of batch) {
        rows += 1;
        yield row;
      }
    }
  } catch (error) {
    throw rows > 0 ? afterRows(error, rows) : error;
  }
  if (rows === 0) throw new InputError({ problem: "the file holds no rows", file });
}

async function openRows(file: string, options: ReadOptions): Promise<AsyncIterable<Row[]>> {
  const start = await firstBytes(file, 2 ** 16);
  const gzip = isGzip(start);
  const format = formatOf(file, gzip ? unpackStart(start) : start);
  if (format === "parquet") return readParquet(file, options.signal);
  const chunks = readBytes(file, gzip, options.signal);
  switch (format) {
    case "jsonl":
      return readJsonl(file, chunks, options.maxLineBytes);
    case "json":
      return readJson(file, chunks);
    case "csv":
      return readCsv(file, chunks, ",", options.maxLineBytes);
    case "tsv":
      return readCsv(file, chunks, "\t", options.maxLineBytes);
  }
}

type Format = "jsonl" | "json" | "csv" | "tsv" | "parquet";

function formatOf(file: string, start: Buffer): Format {
  const ending = /\.([a-z]+)(?:\.gz)?$/i.exec(file)?.[1]?.toLowerCase();
  if (ending === "ndjson" || ending === "jsonl") return "jsonl";
  if (ending === "csv" || ending === "tsv" || ending === "parquet") return ending;
  const text = start.toString("utf8").replace(/^\ufeff/, "");
  const first = text.trimStart()[0];
  if (first === "{" && firstLineIsWhole(text)) return "jsonl";
  if (first === "[" || first === "{" || ending === "json") return "json";
  if (text.startsWith("PAR1")) return "parquet";
  throw new InputError({
    problem: "can't tell the format of this file",
    file,
    expected: ".jsonl, .json, .csv, .tsv (each also .gz) or .parquet",
    fix: "Rename or convert it",
  });
}

/** A first line that is a whole object: JSONL under another name, or a single object, which reads the same way. */
function firstLineIsWhole(text: string): boolean {
  const [line, rest] = text.trimStart().split("\n", 2);
  if (rest === undefined) return true;
  try {
    JSON.parse(line!);
    return true;
  } catch {
    return false;
  }
}

function unpackStart(start: Buffer): Buffer {
  try {
    return gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
}

function afterRows(error: unknown, rows: number): unknown {
  if (!(error instanceof InputError) || error.fault.line !== undefined) return error;
  const count = rows === 1 ? "1 row was" : `${rows.toLocaleString("en")} rows were`;
  const fault = { ...error.fault, problem: `${error.fault.problem}; ${count} read before it` };
  return new InputError(fault, { cause: error.cause });
}

/**
 * Rows of a file, whatever its format, one after the other, and wherever its bytes lie: nothing here needs Node.
 * @module
 */
import type { AsyncBuffer, Compressors } from "hyparquet";
import { type ParseRecords, readCsv } from "./csv.ts";
import { InputError } from "./errors.ts";
import { readJson } from "./json.ts";
import { readJsonl } from "./jsonl.ts";
import { readParquet } from "./parquet.ts";
import type { ReadOptions, Row } from "./row.ts";

/** A file to read rows from: on disk (`rows.ts`), or chosen by a person in a browser. */
export type RowSource = {
  /** Its path or name: for messages, and for the format by its ending. */
  name: string;
  /** The first bytes, unpacked where they are gzip (nothing where that can't be done). @throws InputError if empty */
  start(): Promise<{ bytes: Uint8Array; gzip: boolean }>;
  /** All bytes in chunks; gzip is unpacked, a byte-order mark left out. */
  chunks(gzip: boolean, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** For Parquet, which is read from its end. */
  parquet(): Promise<{ buffer: AsyncBuffer; compressors: Compressors }>;
  /** UTF-8 as text; a byte-order mark is kept. @throws TypeError where it is not UTF-8 */
  decode(bytes: Uint8Array): string;
  /** The CSV parser of the platform. */
  parseRecords: ParseRecords;
};

/** True where the content is gzip, whatever the name says. */
export const isGzip = (start: Uint8Array): boolean => start[0] === 0x1f && start[1] === 0x8b;

/** As `readRows`, from any source. */
export async function* readRowsOf(source: RowSource, options: ReadOptions = {}): AsyncGenerator<Row> {
  let rows = 0;
  try {
    for await (const batch of await openRows(source, options)) {
      for (const row of batch) {
        rows += 1;
        yield row;
      }
    }
  } catch (error) {
    throw rows > 0 ? afterRows(error, rows) : error;
  }
  if (rows === 0) throw new InputError({ problem: "the file holds no rows", file: source.name });
}

async function openRows(source: RowSource, options: ReadOptions): Promise<AsyncIterable<Row[]>> {
  const { name, decode, parseRecords } = source;
  const { bytes, gzip } = await source.start();
  const format = formatOf(name, bytes);
  if (format === "parquet") return readParquet(name, await source.parquet(), options.signal);
  const chunks = source.chunks(gzip, options.signal);
  const text = { file: name, chunks, decode, maxBytes: options.maxLineBytes };
  switch (format) {
    case "jsonl":
      return readJsonl(text);
    case "json":
      return readJson(name, chunks);
    case "csv":
      return readCsv(text, parseRecords, ",");
    case "tsv":
      return readCsv(text, parseRecords, "\t");
  }
}

type Format = "jsonl" | "json" | "csv" | "tsv" | "parquet";

function formatOf(file: string, start: Uint8Array): Format {
  const ending = /\.([a-z]+)(?:\.gz)?$/i.exec(file)?.[1]?.toLowerCase();
  if (ending === "ndjson" || ending === "jsonl") return "jsonl";
  if (ending === "csv" || ending === "tsv" || ending === "parquet") return ending;
  const text = new TextDecoder().decode(start);
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

function afterRows(error: unknown, rows: number): unknown {
  if (!(error instanceof InputError) || error.fault.line !== undefined) return error;
  const count = rows === 1 ? "1 row was" : `${rows.toLocaleString("en")} rows were`;
  const fault = { ...error.fault, problem: `${error.fault.problem}; ${count} read before it` };
  return new InputError(fault, { cause: error.cause });
}

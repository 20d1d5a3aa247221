import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from "hyparquet";
import { InputError } from "./errors.ts";
import { invalidUtf8 } from "./jsonl.ts";
import type { Row } from "./row.ts";
import { systemFault } from "./system-fault.ts";

/**
 * Rows of a Parquet file, one row group in memory at a time. Whole numbers beyond ±2^53 become text, dates ISO text.
 * @throws InputError where the file is not Parquet, cut off, or in a codec or type that can't be read
 */
export async function* readParquet(
  file: string,
  source: ParquetSource,
  signal?: AbortSignal,
): AsyncGenerator<Row[]> {
  const { buffer } = source;
  const metadata = await guarded(file, () => parquetMetadataAsync(buffer));
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    signal?.throwIfAborted();
    const rowEnd = rowStart + Number(group.num_rows);
    const rows = await guarded(file, () => readGroup(source, metadata, rowStart, rowEnd));
    yield rows.map((row, i) => toRow(file, rowStart + i + 1, row));
    rowStart = rowEnd;
  }
}

export type ParquetSource = { buffer: AsyncBuffer; compressors: Compressors };

function readGroup(
  { buffer: file, compressors }: ParquetSource,
  metadata: FileMetaData,
  rowStart: number,
  rowEnd: number,
): Promise<unknown[]> {
  return parquetReadObjects({ file, metadata, rowStart, rowEnd, compressors, parsers: { stringFromBytes } });
}

/** Stands for text that is not UTF-8 until its row is made. */
class NotUtf8 {}

// the library's own decoder would drop a leading U+FEFF and replace bad bytes without a word
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function stringFromBytes(bytes: Uint8Array | undefined): string | undefined | NotUtf8 {
  try {
    return bytes && utf8.decode(bytes);
  } catch {
    return new NotUtf8();
  }
}

function toRow(file: string, line: number, row: unknown): Row {
  try {
    return { line, value: plain(row) };
  } catch (error) {
    if (error instanceof NotUtf8) return { line, error: invalidUtf8(file, line) };
    throw error;
  }
}

async function guarded<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const fault = systemFault(error, file, "read");
    if (fault instanceof InputError || !(error instanceof Error)) throw fault;
    const fix = "Check that the whole file was fetched";
    throw new InputError(
      { problem: `not a readable Parquet file: ${error.message}`, file, fix },
      { cause: error },
    );
  }
}

/** Parquet's richer types as plain JSON values. Throws the NotUtf8 that it meets. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") {
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : String(value);
  }
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof NotUtf8) throw value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, plain);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}

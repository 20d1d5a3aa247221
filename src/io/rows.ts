/**
 * Rows of a file on disk, whatever its format, one after the other.
 * @module
 */
import { isAscii } from "node:buffer";
import { constants, gunzipSync } from "node:zlib";
import { parse } from "csv-parse";
import { asyncBufferFromFile } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { firstBytes, readBytes } from "./bytes.ts";
import type { ParseRecords } from "./csv.ts";
import { recordsOf } from "./csv-records.ts";
import type { ReadOptions, Row } from "./row.ts";
import { isGzip, type RowSource, readRowsOf } from "./row-source.ts";
import { systemFault } from "./system-fault.ts";

export type { ReadOptions, Row } from "./row.ts";

/**
 * Reads `.jsonl`, `.ndjson`, `.json` (array, single object, or JSONL under that name), `.csv`, `.tsv` and `.parquet`; all
 * but Parquet also gzipped, which is known by content. Other endings go by content. Streams, but for JSON arrays (whole)
 * and Parquet (a row group at a time). A broken row comes as `{ line, error }` and reading goes on. CSV values stay text.
 * @throws InputError for trouble with the file as a whole: missing, empty, no rows, cut-off gzip, unreadable format
 */
export const readRows = (file: string, options: ReadOptions = {}): AsyncGenerator<Row> =>
  readRowsOf(fileSource(file), options);

function fileSource(file: string): RowSource {
  return {
    name: file,
    async start() {
      const start = await firstBytes(file, 2 ** 16);
      const gzip = isGzip(start);
      return { bytes: gzip ? unpackStart(start) : start, gzip };
    },
    chunks: (gzip, signal) => readBytes(file, gzip, signal),
    async parquet() {
      try {
        return { buffer: await asyncBufferFromFile(file), compressors };
      } catch (error) {
        throw systemFault(error, file, "read");
      }
    },
    decode,
    parseRecords,
  };
}

function unpackStart(start: Buffer): Buffer {
  try {
    return gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Most text is ASCII, which needs no check and makes one-byte strings. */
function decode(bytes: Uint8Array): string {
  if (!isAscii(bytes)) return utf8.decode(bytes);
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return buffer.toString("latin1");
}

const parseRecords: ParseRecords = (chunks, options) => recordsOf(parse(options), chunks, (bytes) => bytes);

import { once } from "node:events";
import { createGzip } from "node:zlib";
import { type AtomicFile, openAtomic } from "./atomic-file.ts";
import { csvEncoder } from "./csv-encoder.ts";
import { UsageError } from "./errors.ts";
import { parquetEncoder } from "./parquet-encoder.ts";
import { type Encoder, jsonlEncoder } from "./row-encoder.ts";

/** Writes rows one after the other; the file appears when `close` has resolved. A failure removes the temporary file. */
type RowWriter = {
  /** @throws InputError where a number is not finite, a column is new or of another type, or the disk is full */
  write(row: Record<string, unknown>): Promise<void>;
  /** Flushes, syncs, renames into place. */
  close(): Promise<void>;
  /** Removes the temporary file; does nothing after `close`. */
  abort(): Promise<void>;
};

/**
 * A writer of rows in the format that the path's ending names: `.jsonl`, `.ndjson`, `.csv`, `.tsv` (each also `.gz`) or
 * `.parquet`. The columns of a CSV or Parquet file are those of its first batch of rows (1,000 and 10,000); lists and
 * objects are written as JSON. Rows are held back a batch at a time, so memory does not grow with the file.
 * @throws UsageError for another ending, InputError where the file can't be made
 */
export async function createRowWriter(path: string): Promise<RowWriter> {
  const { ending, gz } = rowEnding(path);
  const encoder = encoders[ending as keyof typeof encoders](path);
  const file = await openAtomic(path);
  const sink = gz ? gzipSink(file) : plainSink(file);
  let batch: Record<string, unknown>[] = [];
  let characters = 0;

  const orAbort = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      await file.abort();
      throw error;
    }
  };
  const flush = async () => {
    const bytes = encoder.encode(batch);
    batch = [];
    characters = 0;
    await sink.write(bytes);
  };
  return {
    write: (row) =>
      orAbort(async () => {
        batch.push(row);
        characters += textSize(row);
        if (batch.length >= encoder.batchRows || characters >= encoder.batchCharacters) await flush();
      }),
    close: () =>
      orAbort(async () => {
        await flush();
        await sink.write(encoder.finish());
        await sink.end();
        await file.commit();
      }),
    abort: () => file.abort(),
  };
}

/**
 * The format of rows that a path's ending names: for work that ends with writing them, to know before it begins.
 * @throws UsageError for an ending that names none
 */
export function rowEnding(path: string): { ending: string; gz: boolean } {
  const [, ending, gz] = /\.(jsonl|ndjson|csv|tsv|parquet)(\.gz)?$/i.exec(path) ?? [];
  if (ending === undefined || (gz !== undefined && ending.toLowerCase() === "parquet"))
    throw new UsageError(`${path}: rows are written as .jsonl, .csv, .tsv (each also with .gz) or .parquet`);
  return { ending: ending.toLowerCase(), gz: gz !== undefined };
}

const encoders: Record<string, (path: string) => Encoder> = {
  jsonl: jsonlEncoder,
  ndjson: jsonlEncoder,
  csv: (path) => csvEncoder(path, ","),
  tsv: (path) => csvEncoder(path, "\t"),
  parquet: parquetEncoder,
};

/** Roughly how many characters a row holds: enough to bound a batch's memory. */
function textSize(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 8;
  let size = 0;
  for (const part of Object.values(value)) size += textSize(part);
  return size;
}

type Sink = { write(bytes: Uint8Array): Promise<void>; end(): Promise<void> };

const plainSink = (file: AtomicFile): Sink => ({ write: (bytes) => file.write(bytes), end: async () => {} });

/** Compresses on the way; bytes go to the file in order, and a full disk surfaces at the next `write` or at `end`. */
function gzipSink(file: AtomicFile): Sink {
  const gzip = createGzip();
  const drained = (async () => {
    for await (const chunk of gzip) await file.write(chunk as Uint8Array);
  })();
  drained.catch(() => gzip.destroy());
  return {
    async write(bytes) {
      if (gzip.destroyed) return drained;
      if (!gzip.write(bytes)) await Promise.race([once(gzip, "drain"), drained]);
    },
    async end() {
      gzip.end();
      await drained;
    },
  };
}

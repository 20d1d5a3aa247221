import { InputError } from "../io/errors.ts";
import { type Row, readRows } from "../io/rows.ts";
import { detect, readerNamed } from "./detect.ts";
import type { Reader } from "./reader.ts";

export type ReadOptions = {
  /** Name of the format; found from the rows where absent. */
  format?: string;
  /** Counts and skips bad rows; without it the first one is thrown. */
  skipBad?: boolean;
  signal?: AbortSignal;
};

/** Detection looks at this many readable rows. */
const sampleSize = 20;

/** A file whose format is settled. */
export type OpenFile = {
  reader: Reader;
  /** All rows, from the first. */
  rows: AsyncIterable<Row>;
  /** To be called when done, also where `rows` was never read. */
  close(): Promise<void>;
};

/** @throws InputError: can't be read, no readable row among all, unknown format; UsageError: no such `format` */
export async function openFile(file: string, { format, signal }: ReadOptions): Promise<OpenFile> {
  const source = readRows(file, { ...(signal && { signal }) });
  const close = async () => {
    await source.return(undefined);
  };
  try {
    const sample = await takeSample(source);
    const values = sample.flatMap((row) => ("value" in row ? [row.value] : []));
    if (values.length === 0) throw (sample[0] as { error: InputError }).error;
    const reader = format === undefined ? detect(values, file) : readerNamed(format);
    return { reader, rows: chain(sample, source), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The first rows up to `sampleSize` readable ones. */
async function takeSample(source: AsyncGenerator<Row>): Promise<Row[]> {
  const sample: Row[] = [];
  for (let readable = 0; readable < sampleSize; ) {
    const { value: row, done } = await source.next();
    if (done) break;
    sample.push(row);
    if ("value" in row) readable += 1;
  }
  return sample;
}

async function* chain(first: readonly Row[], rest: AsyncIterable<Row>): AsyncGenerator<Row> {
  for (const row of first) yield row;
  for await (const row of rest) yield row;
}

/** What went wrong in rows, over all files of one read. */
export type BadRows = {
  /** The first thousand, in order. */
  bad: InputError[];
  badRows: number;
};

const keptErrors = 1000;

type Counts = { rows: number; usable: number; firstBad?: InputError };

/** Calls `use` on each row; bad rows are thrown, or counted under `skipBad`. */
export async function eachRow(
  rows: AsyncIterable<Row>,
  { skipBad = false }: ReadOptions,
  counted: BadRows,
  use: (value: unknown, line: number) => void,
): Promise<Counts> {
  const counts: Counts = { rows: 0, usable: 0 };
  for await (const row of rows) {
    counts.rows += 1;
    try {
      if ("error" in row) throw row.error;
      use(row.value, row.line);
      counts.usable += 1;
    } catch (error) {
      if (!skipBad || !(error instanceof InputError)) throw error;
      counts.firstBad ??= error;
      counted.badRows += 1;
      if (counted.bad.length < keptErrors) counted.bad.push(error);
    }
  }
  return counts;
}

/** The error for a file of which nothing could be used, even under `skipBad`. */
export function noUsableRow(file: string, first: InputError | undefined): InputError {
  const problem = "every row of this file is bad";
  return new InputError(
    { problem, file, ...(first && { found: `for example: ${first.message}` }) },
    { cause: first },
  );
}

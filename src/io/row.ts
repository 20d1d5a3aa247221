import type { InputError } from "./errors.ts";

/** One row of a file, or why it could not be read. `line` is the 1-based line of a text file or row of a table or array. */
export type Row = { line: number; value: unknown } | { line: number; error: InputError };

export type ReadOptions = {
  signal?: AbortSignal;
  /** Longest line (JSONL) or record (CSV) in bytes; 64 MiB where absent. A longer one is a bad row. */
  maxLineBytes?: number;
};

export const defaultMaxLineBytes = 64 * 2 ** 20;

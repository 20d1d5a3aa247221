import type { InputError } from "./errors.ts";

/** One row of a file, or why it could not be read. `line` is the 1-based line of a text file or row of a table or array. */
export type Row = { line: number; value: unknown } | { line: number; error: InputError };

export type ReadOptions = {
  signal?: AbortSignal;
  /** Longest line (JSONL) or record (CSV) in bytes; 64 MiB where absent. A longer one is a bad row. */
  maxLineBytes?: number;
};

/** The bytes of a text file, and how they become text. */
export type TextSource = {
  /** For messages. */
  file: string;
  chunks: AsyncIterable<Uint8Array>;
  /** UTF-8 as text; a byte-order mark is kept. @throws TypeError where it is not UTF-8 */
  decode(bytes: Uint8Array): string;
  /** Longest line or record; `defaultMaxLineBytes` where absent. */
  maxBytes?: number | undefined;
};

export const defaultMaxLineBytes = 64 * 2 ** 20;

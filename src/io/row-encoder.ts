import { InputError } from "./errors.ts";

/** Turns batches of rows into the bytes of a file format. Stateful: one encoder writes one file. */
export type Encoder = {
  /** A batch is handed over at this many rows … */
  batchRows: number;
  /** … or at about this many characters of text, whichever comes first. */
  batchCharacters: number;
  encode(rows: readonly Record<string, unknown>[]): Uint8Array;
  finish(): Uint8Array;
};

/** One JSON object a line. */
export function jsonlEncoder(path: string): Encoder {
  let written = 0;
  return {
    batchRows: 1000,
    batchCharacters: 2 ** 20,
    encode(rows) {
      return Buffer.from(rows.map((row) => `${toJson(row, { file: path, line: ++written })}\n`).join(""));
    },
    finish: () => new Uint8Array(),
  };
}

type Place = { file: string; line: number; field?: string };

/** JSON text of a value. @throws InputError for NaN and ±Infinity, which JSON would turn into null without a word */
export function toJson(value: unknown, place: Place): string {
  return JSON.stringify(value, (key, part: unknown) => {
    if (typeof part === "number") finite(part, { ...place, field: key === "" ? (place.field ?? "") : key });
    return part;
  });
}

/** @throws InputError unless the number is finite */
export function finite(value: number, place: Place): number {
  if (Number.isFinite(value)) return value;
  throw new InputError({
    problem: "can't write a number that is not finite",
    ...place,
    found: String(value),
  });
}

/** The union of the rows' columns, in order of first appearance. */
export function columnsOf(rows: readonly Record<string, unknown>[]): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))];
}

/** @throws InputError where a row brings a column that the file's header, already written, does not have */
export function refuseNewColumns(
  row: Record<string, unknown>,
  columns: ReadonlySet<string>,
  place: Place,
): void {
  for (const field of Object.keys(row)) {
    if (columns.has(field) || row[field] === undefined) continue;
    throw new InputError({
      problem: "a column appears after the header was written",
      ...place,
      field,
      fix: "Write JSONL, where rows may differ",
    });
  }
}

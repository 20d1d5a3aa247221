import { InputError } from "../io/errors.ts";
import { openFile, type ReadOptions } from "./open.ts";
import { withoutCandidates } from "./read-candidates.ts";
import type { CandidateSetDraft, Place, Reader } from "./reader.ts";

/** One row of a file of candidates, as it stands in the file: not yet put together with others of its prompt. */
export type CandidateRow = CandidateSetDraft & {
  place: Place;
  /** The whole row, where it holds a single response. */
  columns?: Record<string, unknown>;
};

/**
 * Streams the rows of a file of candidates, for files larger than memory.
 * @throws InputError as `readCandidates` does, but for bad rows, which come as `{ error }`
 */
export async function* openCandidateRows(
  file: string,
  options: Omit<ReadOptions, "skipBad"> = {},
): AsyncGenerator<CandidateRow | { error: InputError }> {
  const { reader, rows, close } = await openFile(file, options);
  try {
    if (reader.candidates === undefined) throw withoutCandidates(file, reader);
    for await (const row of rows) {
      yield "error" in row ? { error: row.error } : parse(reader, row.value, { file, line: row.line });
    }
  } finally {
    await close();
  }
}

function parse(reader: Reader, value: unknown, place: Place): CandidateRow | { error: InputError } {
  try {
    const draft = reader.candidates!(value, place);
    const whole = reader.name === "candidate-rows" && { columns: value as Record<string, unknown> };
    return { ...draft, place, ...whole };
  } catch (error) {
    if (error instanceof InputError) return { error };
    throw error;
  }
}

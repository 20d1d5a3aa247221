import { type FileHandle, open } from "node:fs/promises";
import { z } from "zod";
import { systemFault } from "../../io/system-fault.ts";
import type { MetricsRow } from "./types.ts";

const rowSchema = z.record(z.string(), z.unknown());
/** Read at once; a log of this size has some million steps. */
const MAX_BYTES = 256 * 2 ** 20;

/**
 * The rows of `metrics.jsonl` from a byte on. A last line without its end is still being written: it is left for the
 * next time. What is not a number in a row is left out.
 *
 * @returns the rows and where the next one begins; `restarted` where the file is shorter than `from` (a run that began
 *   anew or went on from a checkpoint), and then rows from the start
 * @throws InputError if there is a file that can't be read; a missing one has no rows yet
 */
export async function readMetrics(
  file: string,
  from = 0,
): Promise<{ rows: MetricsRow[]; next: number; restarted: boolean }> {
  let handle: FileHandle;
  try {
    handle = await open(file, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      return { rows: [], next: 0, restarted: from > 0 };
    throw systemFault(error, file, "read");
  }
  try {
    const { size } = await handle.stat();
    const restarted = size < from;
    const start = restarted ? 0 : from;
    const bytes = Buffer.alloc(Math.min(size - start, MAX_BYTES));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
    const end = bytes.lastIndexOf(0x0a, bytesRead - 1) + 1;
    const lines = bytes.toString("utf8", 0, bytesRead === 0 ? 0 : end).split("\n");
    return { rows: lines.flatMap(parseRow), next: start + (bytesRead === 0 ? 0 : end), restarted };
  } finally {
    await handle.close();
  }
}

function parseRow(line: string): MetricsRow[] {
  try {
    const row = rowSchema.parse(JSON.parse(line));
    const numbers = Object.entries(row).filter(
      (entry): entry is [string, number] => typeof entry[1] === "number",
    );
    return [Object.fromEntries(numbers)];
  } catch {
    return [];
  }
}

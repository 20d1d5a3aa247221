/**
 * Files that are either whole or not there: written to a temporary file beside the target, synced, renamed.
 * @module
 */
import { openAtomic } from "./atomic-file.ts";
import { createRowWriter } from "./row-writer.ts";

export { createRowWriter, rowEnding } from "./row-writer.ts";

/**
 * Writes a whole file; missing folders are made. On failure the old file stays and the temporary one is removed.
 * @throws InputError with the path: no space, no permission, not a regular file
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  const file = await openAtomic(path);
  await file.write(typeof data === "string" ? Buffer.from(data) : data);
  await file.commit();
}

/** Writes `value` as JSON, indented by two spaces, with a newline at the end. See `writeFileAtomic`. */
export function writeJsonAtomic(path: string, value: unknown): Promise<void> {
  return writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Writes rows that are all at hand, in the format that the path's ending names. See `createRowWriter`. */
export async function writeRows(path: string, rows: Iterable<Record<string, unknown>>): Promise<void> {
  const writer = await createRowWriter(path);
  for (const row of rows) await writer.write(row);
  await writer.close();
}

import { rename } from "node:fs/promises";
import { readRows } from "./rows.ts";
import { createRowWriter } from "./write.ts";

/**
 * Gives the lines of a finished journal their name, in the format that it asks for. They are gone from where they were if it is
 * JSONL, as they need not be copied then.
 *
 * @param lines a file of JSONL
 * @param out `.jsonl`, `.csv`, `.tsv` (each also .gz) or `.parquet`
 */
export async function finishRows(lines: string, out: string): Promise<void> {
  if (/\.(jsonl|ndjson)$/i.test(out)) return rename(lines, out);
  const writer = await createRowWriter(out);
  try {
    for await (const row of readRows(lines)) {
      if ("error" in row) throw row.error;
      await writer.write(row.value as Record<string, unknown>);
    }
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

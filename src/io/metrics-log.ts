/**
 * The numbers of a run over its steps: `metrics.jsonl` for programs, event files for TensorBoard.
 * @module
 */
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { systemFault } from "./system-fault.ts";
import { createEventFile } from "./tfevents.ts";
import { writeFileAtomic } from "./write.ts";

type Metrics = Readonly<Record<string, number>>;

export type MetricsLog = {
  /** One row `{step, …}`. Rows come in ascending steps. */
  write(step: number, metrics: Metrics): Promise<void>;
  close(): Promise<void>;
};

const NAME = "metrics.jsonl";

/**
 * Opens the log of a run that goes on after `step` (0: from the start): rows of later steps, which a killed run left, are
 * dropped, so that each step stands there once.
 * @throws InputError where the folder can't be written
 */
export async function openMetricsLog(folder: string, step: number): Promise<MetricsLog> {
  const path = join(folder, NAME);
  const kept = (await rowsOf(path)).filter((row) => row.step <= step);
  await writeFileAtomic(path, kept.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const events = await createEventFile(folder, step + 1);
  const handle = await guarded(path, () => open(path, "a"));
  return {
    async write(at, metrics) {
      await guarded(path, () => handle.appendFile(`${JSON.stringify({ step: at, ...metrics })}\n`));
      await events.write(at, metrics);
    },
    async close() {
      await handle.close();
      await events.close();
    },
  };
}

/** The rows so far; a line that a kill cut off is left out. */
async function rowsOf(path: string): Promise<{ step: number }[]> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw systemFault(error, path, "read");
  }
  try {
    const lines = (await handle.readFile("utf8")).split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as { step: number });
  } finally {
    await handle.close();
  }
}

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw systemFault(error, path, "write");
  }
}

/** The rows of a run as they are written, by server-sent events. @module */
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import { exists } from "../../io/exists.ts";
import { readMetrics } from "./metrics-file.ts";
import { readChecked, runRecordSchema } from "./run-file.ts";

/** A step takes longer; and so does an eye. */
const LOOK_EVERY_MS = 500;
/** Says that the connection lives, and finds out that the page has gone. */
const BEAT_EVERY = 20;

/**
 * Events: `rows` (JSON list of rows; `id` is where the next one begins), `restart` before rows of a run that began anew,
 * `result` once the run has one, `beat` in between. The file is looked at, not watched: that works on every file system.
 *
 * @param from where the first row begins, in bytes
 */
export function liveMetrics(c: Context, folder: string, from: number): Response {
  return streamSSE(c, async (stream) => {
    const stopped = new AbortController();
    stream.onAbort(() => stopped.abort());
    let at = from;
    let done = false;
    for (let look = 0; !stopped.signal.aborted; look++) {
      const { rows, next, restarted } = await readMetrics(join(folder, "metrics.jsonl"), at);
      at = next;
      if (restarted) await stream.writeSSE({ event: "restart", data: "{}", id: "0" });
      if (rows.length > 0) await stream.writeSSE({ event: "rows", data: JSON.stringify(rows), id: `${at}` });
      const result = await resultOf(folder);
      if (result !== undefined && !done)
        await stream.writeSSE({ event: "result", data: JSON.stringify(result) });
      done = result !== undefined;
      if (look % BEAT_EVERY === 0) await stream.writeSSE({ event: "beat", data: "{}" });
      await wait(LOOK_EVERY_MS, undefined, { signal: stopped.signal }).catch(() => {});
    }
  });
}

async function resultOf(folder: string): Promise<Record<string, unknown> | undefined> {
  const file = join(folder, "run.json");
  const there = await exists(file);
  return there ? (await readChecked(file, runRecordSchema)).result : undefined;
}

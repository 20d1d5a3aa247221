/**
 * The whole frontier: every way to combine, every setting, every seed. Work is cut into jobs that do not depend on each other;
 * their rows are appended in the order of the jobs, so that however many run side by side, and however often the work was
 * killed, the file has the same bytes.
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { openJournal } from "../io/journal.ts";
import { makeFolder } from "../io/make-folder.ts";
import { Pace } from "../models/index.ts";
import type { FrontierSettings, Job } from "./jobs.ts";
import { jobsOf } from "./jobs.ts";
import type { FrontierRow } from "./types.ts";

export type FrontierOptions = {
  folder: string;
  settings: FrontierSettings;
  /** Runs one job, wherever, and queues those that it has no hands for. */
  work: (job: Job) => Promise<FrontierRow[]>;

  signal?: AbortSignal;
  onProgress?: (text: string) => void;
};

/** Jobs handed out before the first of them is back: so that nobody waits while a long one holds up the order. */
const LOOK_AHEAD = 16;

export const FRONTIER_FILE = "frontier.jsonl";

/**
 * Runs what is left to run, and appends rows to `frontier.jsonl`.
 * @returns how many jobs there are, and how many were done by this call
 * @throws InputError where the folder holds a frontier of other settings; the signal's reason, with everything finished kept
 */
export async function runFrontier(options: FrontierOptions): Promise<{ jobs: number; done: number }> {
  const { folder, settings, work, signal, onProgress } = options;
  await makeFolder(folder);
  const jobs = jobsOf(settings);
  const identity = createHash("sha256").update(JSON.stringify(settings)).digest("hex");
  const journal = await openJournal(join(folder, FRONTIER_FILE), identity, { done: 0 });
  const first = journal.state.done;
  const pace = new Pace(jobs.length - first);
  const running = new Map<number, Promise<FrontierRow[]>>();
  let next = first;
  try {
    for (let at = first; at < jobs.length; at++) {
      while (next < jobs.length && running.size < LOOK_AHEAD) {
        const started = work(jobs[next]!);
        // looked at below, in the order of the jobs: until then a failure must not count as unhandled
        started.catch(() => undefined);
        running.set(next, started);
        next += 1;
      }
      pace.start();
      const rows = await running.get(at)!;
      running.delete(at);
      pace.stop(1);
      await journal.append(rows.map((row) => `${JSON.stringify(row)}\n`).join(""), { done: at + 1 });
      onProgress?.(`${at + 1} of ${jobs.length} runs, ${pace.left} left`);
      signal?.throwIfAborted();
    }
  } finally {
    await journal.close();
  }
  return { jobs: jobs.length, done: jobs.length - first };
}

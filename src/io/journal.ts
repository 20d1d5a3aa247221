import { type FileHandle, open, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { InputError } from "./errors.ts";
import { makeFolder } from "./make-folder.ts";
import { systemFault } from "./system-fault.ts";
import { writeJsonAtomic } from "./write.ts";

/**
 * Long work that can be killed at any moment and goes on where it stopped: lines are appended to a file, and after each
 * batch a second file records, atomically, how many bytes count and the state that goes with them.
 */
export type Journal<State> = {
  /** The file of lines. */
  file: string;
  /** What was recorded last, or the initial state. */
  state: State;
  /** Appends text and then records `state`; a kill in between loses this batch alone. */
  append(text: string, state: State): Promise<void>;
  close(): Promise<void>;
  /** Closes and removes both files. */
  remove(): Promise<void>;
};

/**
 * Opens the journal `path` (lines) with `path`.state beside it, going on with one that a killed run left.
 *
 * @param identity names the work: a journal of other work is refused rather than continued
 * @throws InputError if the journal belongs to other work, is damaged, or can't be written
 */
export async function openJournal<State>(
  path: string,
  identity: string,
  initial: State,
): Promise<Journal<State>> {
  const stateFile = `${path}.state`;
  const recorded = await readState<State>(stateFile, path, identity);
  const journal = { state: recorded?.state ?? initial, bytes: recorded?.bytes ?? 0 };
  const handle = await guarded(path, async () => {
    await makeFolder(dirname(path));
    return open(path, recorded === undefined ? "w" : "r+");
  });
  await guarded(path, () => cutTo(handle, path, journal.bytes));
  return {
    file: path,
    get state() {
      return journal.state;
    },
    async append(text, state) {
      const bytes = Buffer.from(text);
      await guarded(path, async () => {
        for (let done = 0; done < bytes.length; ) {
          done += (await handle.write(bytes, done, bytes.length - done, journal.bytes + done)).bytesWritten;
        }
        await handle.datasync();
      });
      journal.bytes += bytes.length;
      journal.state = state;
      await writeJsonAtomic(stateFile, { identity, bytes: journal.bytes, state });
    },
    close: () => handle.close(),
    async remove() {
      await handle.close();
      await rm(path, { force: true });
      await rm(stateFile, { force: true });
    },
  };
}

async function readState<State>(
  stateFile: string,
  path: string,
  identity: string,
): Promise<{ state: State; bytes: number } | undefined> {
  const text = await readFile(stateFile, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const found = JSON.parse(text) as { identity: string; state: State; bytes: number };
  if (found.identity === identity) return found;
  throw new InputError({
    problem: "an unfinished run with other input or options left this behind",
    file: path,
    fix: `To start again, remove it: rm ${path} ${stateFile}`,
  });
}

/** Drops what was appended after the last record. */
async function cutTo(handle: FileHandle, path: string, bytes: number): Promise<void> {
  const { size } = await handle.stat();
  if (size < bytes) {
    throw new InputError({
      problem: "the unfinished run's file is shorter than its record says",
      file: path,
      found: `${size} bytes`,
      expected: `${bytes} bytes`,
      fix: `To start again, remove it: rm ${path} ${path}.state`,
    });
  }
  await handle.truncate(bytes);
}

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw systemFault(error, path, "write");
  }
}

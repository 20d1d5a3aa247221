import { open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InputError } from "./errors.ts";
import { removeLeftovers, temporaryName } from "./leftovers.ts";
import { makeFolder } from "./make-folder.ts";
import { systemFault } from "./system-fault.ts";

/** A file that appears under its name only when it is whole. */
export type AtomicFile = {
  /** Bytes are copied out before the promise resolves, so the caller may reuse its buffer then. */
  write(bytes: Uint8Array): Promise<void>;
  /** Flushes to disk and renames into place. */
  commit(): Promise<void>;
  /** Removes the temporary file; does nothing after `commit`. */
  abort(): Promise<void>;
};

/**
 * Opens a temporary file beside `path`; missing folders are made. A failed write removes it. One that a killed process
 * left in that folder is removed by the next process that writes there.
 * @throws InputError with the path: no space, no permission, `path` is not a regular file
 */
export async function openAtomic(path: string): Promise<AtomicFile> {
  const folder = dirname(path);
  const temporary = join(folder, temporaryName(basename(path)));
  await refuseSpecialFile(path);
  const handle = await guarded(path, async () => {
    await makeFolder(folder);
    await removeLeftovers(folder);
    return open(temporary, "wx");
  });
  let open_ = true;
  const abort = async () => {
    if (!open_) return;
    open_ = false;
    await handle.close().catch(() => {});
    await rm(temporary, { force: true });
  };
  const orAbort = (work: () => Promise<void>) =>
    guarded(path, work).catch(async (error: unknown) => {
      await abort();
      throw error;
    });
  return {
    write: (bytes) =>
      orAbort(async () => {
        for (let done = 0; done < bytes.length; ) {
          done += (await handle.write(bytes, done)).bytesWritten;
        }
      }),
    commit: () =>
      orAbort(async () => {
        await handle.sync();
        await handle.close();
        await rename(temporary, path);
        open_ = false;
        await syncFolder(folder);
      }),
    abort,
  };
}

/**
 * Renaming over a device or a folder would replace or fail on it in a confusing way.
 * @throws InputError for one
 */
export async function refuseSpecialFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.isFile()) return;
  throw new InputError({
    problem: "can't write here: this is not a regular file",
    file: path,
    found: found.isDirectory() ? "a folder" : "a device or pipe",
    fix: "Give the path of a file",
  });
}

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw systemFault(error, path, "write");
  }
}

/** Makes the rename itself durable. Some systems can't open a folder; there the rename is left to the system. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

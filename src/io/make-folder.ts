import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder and those above it, where they are not there. Node's own `recursive` asks again and again, for ever, where a
 * file system says of a new folder that it does not exist, as `/proc` does (seen in Node 20).
 * @throws as `mkdir` does: EACCES, EROFS, ENOSPC, EEXIST for a file in its place, ENOTDIR for one above it, …
 */
export async function makeFolder(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let at = resolve(folder); !(await isThere(at)); at = dirname(at)) {
    missing.unshift(at);
    // the root of a drive that is not there
    if (dirname(at) === at) break;
  }
  for (const each of missing) await makeOne(each);
}

async function makeOne(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    // another process may have been faster
    if (codeOf(error) === "EEXIST" && (await isThere(folder))) return;
    throw error;
  }
}

/** Whether it is a folder, perhaps by a link; a file is none, and `mkdir` says so. */
async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;

import { realpath } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { ServeError } from "../serve-error.ts";

/**
 * The real path of something inside a folder.
 *
 * @param folder the folder that is looked at
 * @param path relative to it, with `/` between its parts
 * @throws ServeError `not_found` where nothing is there, `bad_request` where the path leads out: `..`, absolute, or by a
 *   symbolic link
 */
export async function inside(folder: string, path: string): Promise<string> {
  if (isAbsolute(path) || path.includes("\0") || path.split(/[\\/]/).includes("..")) throw outside(path);
  const root = await realpath(folder);
  let found: string;
  try {
    found = await realpath(resolve(root, path));
  } catch {
    throw new ServeError("not_found", `there is no ${JSON.stringify(path)} in the folder that is looked at`);
  }
  if (!isWithin(root, found)) throw outside(path);
  return found;
}

/** Whether a real path is the folder itself or lies in it. */
function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

const outside = (path: string) =>
  new ServeError("bad_request", `${JSON.stringify(path)} lies outside the folder that is looked at`);

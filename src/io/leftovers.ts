/**
 * Temporary files and folders under a hidden name that says whose they are. Those of a process that was killed stay, until
 * the next one that writes in the same folder removes them.
 * @module
 */
import { randomBytes } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { OWNER, OWNER_FORM, stateOfOwner } from "./owner.ts";

const TEMPORARY = new RegExp(`^\\..*\\.(${OWNER_FORM})\\.[0-9a-f]{8}\\.tmp$`, "s");

/** A name for something of this process's that will be renamed to `name`. */
export const temporaryName = (name: string): string =>
  `.${name}.${OWNER}.${randomBytes(4).toString("hex")}.tmp`;

/** Folders that were looked through; once is enough, so that writing stays cheap in a folder with many files. */
const seen = new Set<string>();

/**
 * Removes what processes of this machine that no longer run left in a folder, the first time this process asks for it.
 * What can't be removed stays: it is in nobody's way.
 */
export async function removeLeftovers(folder: string): Promise<void> {
  const path = resolve(folder);
  if (seen.has(path)) return;
  seen.add(path);
  for (const name of await readdir(path).catch(() => [])) {
    const owner = TEMPORARY.exec(name)?.[1];
    if (owner === undefined || stateOfOwner(owner) !== "gone") continue;
    await rm(join(path, name), { recursive: true, force: true }).catch(() => {});
  }
}

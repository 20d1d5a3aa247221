/** Looks for runs in a folder and those inside it. @module */
import type { Dirent } from "node:fs";
import { type FileHandle, open, readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { OBJECTIVE_FORMAT } from "../../objective/index.ts";
import type { RunKind } from "./types.ts";

/** A run, or an objective file. */
export type Found = { name: string; kind: RunKind };

const MAX_DEPTH = 5;
const MAX_FOLDERS = 5_000;
/** What never holds runs, or holds parts of one. */
const SKIPPED = new Set(["node_modules", "checkpoints", "samples", "dist"]);

/**
 * Symbolic links are not followed: nothing outside the folder is looked at.
 * @returns runs in the order of their names; `cut` where there were more folders than are looked at
 */
export async function findRuns(folder: string): Promise<{ found: Found[]; cut: boolean }> {
  const root = await realpath(folder);
  const found: Found[] = [];
  const queue = [{ name: "", depth: 0 }];
  let looked = 0;
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (++looked > MAX_FOLDERS) return { found: sorted(found), cut: true };
    const { name, depth } = next;
    const entries = await readdir(join(root, name), { withFileTypes: true }).catch((): Dirent[] => []);
    found.push(...(await runsIn(root, name, entries)));
    if (depth === MAX_DEPTH) continue;
    for (const entry of entries)
      if (entry.isDirectory() && !SKIPPED.has(entry.name) && !entry.name.startsWith("."))
        queue.push({ name: inner(name, entry.name), depth: depth + 1 });
  }
  return { found: sorted(found), cut: false };
}

/**
 * One run, or one objective file.
 * @param path its real path in the folder
 * @returns undefined where there is none
 */
export async function findRun(path: string, name: string): Promise<Found | undefined> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined)
    return (await startOf(path)).includes(OBJECTIVE_FORMAT) ? { name, kind: "objective" } : undefined;
  const kind = await kindOf(path, namesOf(entries));
  return kind === undefined ? undefined : { name, kind };
}

const namesOf = (entries: readonly Dirent[]): ReadonlySet<string> =>
  new Set(entries.filter((entry) => entry.isFile()).map((entry) => entry.name));

const sorted = (found: Found[]): Found[] =>
  found.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));

const inner = (folder: string, name: string): string => (folder === "" ? name : `${folder}/${name}`);

async function runsIn(root: string, name: string, entries: readonly Dirent[]): Promise<Found[]> {
  const files = namesOf(entries);
  const kind = await kindOf(join(root, name), files);
  const found: Found[] = kind === undefined ? [] : [{ name: name === "" ? "." : name, kind }];
  for (const file of files) {
    if (!file.endsWith(".json") || KNOWN_FILES.has(file)) continue;
    if ((await startOf(join(root, name, file))).includes(OBJECTIVE_FORMAT))
      found.push({ name: inner(name, file), kind: "objective" });
  }
  return found;
}

const KNOWN_FILES = new Set(["run.json", "model.json", "comparison.json", "config.json", "tokenizer.json"]);

/** The kind of run that a folder of these files is. */
async function kindOf(folder: string, files: ReadonlySet<string>): Promise<RunKind | undefined> {
  if (files.has("frontier.jsonl")) return "frontier";
  if (files.has("run.json")) {
    const start = await startOf(join(folder, "run.json"));
    if (files.has("scores.jsonl") && /"command":\s*"align best-of-k"/.test(start)) return "best-of-k";
    if (/"command":\s*"align /.test(start) && !start.includes("best-of-k")) return "rl";
    if (/"command":\s*"lm train"/.test(start)) return "lm";
    // empty or overwritten: what lies beside it says what it was, and reading it says what is wrong
    const damaged = !start.trimStart().startsWith("{");
    if (damaged && files.has("scores.jsonl")) return "best-of-k";
    if (damaged && files.has("metrics.jsonl")) return "rl";
  }
  if (files.has("model.json") && (await startOf(join(folder, "model.json"))).includes("allgood-reward/1"))
    return "reward";
  return undefined;
}

/** The first 300 bytes of a file; "" where it can't be read. */
async function startOf(file: string): Promise<string> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, "r");
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(300), 0, 300, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } catch {
    return "";
  } finally {
    await handle?.close();
  }
}

/** Finds labellings, and files whose responses could be compared. @module */
import type { Dirent } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { sha256OfFile } from "../../io/file-hash.ts";
import { openCandidateRows } from "../../preferences/index.ts";
import { contentOf } from "../../rewards/collection/identity.ts";

const MAX_DEPTH = 5;
const MAX_FOLDERS = 2_000;
const SKIPPED = new Set(["node_modules", "checkpoints", "dist"]);
/** Files of rows; JSON arrays would have to be read whole to know what they are. */
const ROWS = /\.(jsonl|ndjson|csv|tsv|parquet)(\.gz)?$/;
/** Ours, and never candidates. */
const OTHERS = /^(answers|judgements|questions|rounds|preferences|metrics|frontier)\.jsonl$/;

export type FoundLabels = { labellings: string[]; sources: { path: string; bytes: number }[] };

/** Looks through a folder; symbolic links are not followed. Paths are relative to it, with `/`. */
export class LabelFinder {
  readonly #folder: string;
  /** By path: whether a file of this size and date holds candidates, and its hash once asked for. */
  readonly #known = new Map<string, { stamp: string; candidates: boolean; sha256?: string }>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async find(): Promise<FoundLabels> {
    const root = await realpath(this.#folder);
    const found: FoundLabels = { labellings: [], sources: [] };
    const queue = [{ name: "", depth: 0 }];
    for (let looked = 0; queue.length > 0 && looked < MAX_FOLDERS; looked++) {
      const { name, depth } = queue.shift()!;
      const entries = await readdir(join(root, name), { withFileTypes: true }).catch((): Dirent[] => []);
      // what a labelling holds is its own
      if (await isLabelling(join(root, name), entries)) found.labellings.push(name === "" ? "." : name);
      else found.sources.push(...(await this.#sourcesIn(root, name, entries)));
      if (depth === MAX_DEPTH) continue;
      for (const entry of entries)
        if (entry.isDirectory() && !SKIPPED.has(entry.name) && !entry.name.startsWith("."))
          queue.push({ name: inner(name, entry.name), depth: depth + 1 });
    }
    found.labellings.sort(byName);
    found.sources.sort((a, b) => byName(a.path, b.path));
    return found;
  }

  /** The file of candidates that has this content; undefined where none has. */
  async withContent(sha256: string): Promise<string | undefined> {
    const root = await realpath(this.#folder);
    for (const { path } of (await this.find()).sources) {
      const known = this.#known.get(path)!;
      known.sha256 ??= await sha256OfFile(join(root, path));
      if (contentOf([{ sha256: known.sha256 }]) === sha256) return path;
    }
    return undefined;
  }

  async #sourcesIn(
    root: string,
    folder: string,
    entries: readonly Dirent[],
  ): Promise<FoundLabels["sources"]> {
    const sources: FoundLabels["sources"] = [];
    for (const entry of entries) {
      if (!entry.isFile() || !ROWS.test(entry.name) || OTHERS.test(entry.name) || entry.name.startsWith("."))
        continue;
      const path = inner(folder, entry.name);
      const { size, mtimeMs } = await stat(join(root, path));
      const stamp = `${size} ${mtimeMs}`;
      if (this.#known.get(path)?.stamp !== stamp)
        this.#known.set(path, { stamp, candidates: await holdsCandidates(join(root, path)) });
      if (this.#known.get(path)!.candidates) sources.push({ path, bytes: size });
    }
    return sources;
  }
}

const inner = (folder: string, name: string): string => (folder === "" ? name : `${folder}/${name}`);
const byName = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });

async function isLabelling(folder: string, entries: readonly Dirent[]): Promise<boolean> {
  if (!entries.some((entry) => entry.isFile() && entry.name === "run.json")) return false;
  const text = await readFile(join(folder, "run.json"), "utf8").catch(() => "");
  return text.slice(0, 300).includes('"allgood-label/1"');
}

async function holdsCandidates(file: string): Promise<boolean> {
  const rows = openCandidateRows(file);
  try {
    for (let looked = 0; looked < 5; looked++) {
      const { value, done } = await rows.next();
      if (done) return false;
      if (!("error" in value)) return true;
    }
  } catch {
    // pairs, or no rows of any known form
  } finally {
    await rows.return(undefined);
  }
  return false;
}

/** `run.json`: what a run was started with, so that it goes on with the same, and what came of it. */
import { join } from "node:path";
import { InputError, show } from "../../io/errors.ts";
import { exists } from "../../io/exists.ts";
import { writeJsonAtomic } from "../../io/write.ts";
import { hasCheckpoint } from "../../models/index.ts";
import { readJson } from "../load.ts";
import { VERSION } from "../version.ts";
import type { DataRecord } from "./data.ts";

type RunSettings = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export type RunRecord = {
  format: "allgood-run/1";
  command: string;
  settings: RunSettings;
  data: DataRecord[];
  /** Files of the model that the run began with, unless it began from scratch. */
  base?: DataRecord[];
};

const NAME = "run.json";

/**
 * Begins a run in a folder, or makes sure that the run there is the same one. A run without a checkpoint has nothing to go on
 * from, and is begun anew.
 * @throws InputError where there is a run and `resume` was not asked for, or it has other settings or data, or the folder
 *   holds a model of another origin
 */
export async function beginRun(folder: string, record: RunRecord, resume: boolean): Promise<void> {
  const file = join(folder, NAME);
  const recorded = await exists(file);
  if (!recorded && (await exists(join(folder, "model.safetensors")))) {
    throw new InputError({
      problem: "there is a model in this folder already, which the run would write over",
      file: folder,
      fix: "Choose another --out",
    });
  }
  if (!recorded || !(await hasCheckpoint(folder))) return writeRun(folder, record);
  if (!resume) {
    throw new InputError({
      problem: "there is a run in this folder already",
      file: folder,
      fix: "Go on with it by --resume, or choose another --out",
    });
  }
  const found = (await readJson(file)) as Partial<RunRecord> | null;
  const differing = firstDifference(comparable(found ?? {}), comparable(record));
  if (differing === undefined) return;
  throw new InputError({
    problem: "the run in this folder was started with something else",
    file,
    ...differing,
    fix: "Go on with what it was started with, or choose another --out",
  });
}

/** Writes the record, with the result once there is one. */
export const writeRun = (folder: string, record: RunRecord, result?: object): Promise<void> =>
  writeJsonAtomic(join(folder, NAME), {
    ...record,
    versions: { allgood: VERSION, node: process.versions.node },
    ...(result && { result }),
  });

const hashes = (files: readonly DataRecord[] | undefined) => files?.map(({ sha256 }) => sha256);

/** What must be the same for a run to go on: settings by value, files by content, wherever they lie. */
const comparable = ({ command, settings, data, base }: Partial<RunRecord>): Record<string, unknown> => ({
  command,
  ...settings,
  data: hashes(data),
  model: hashes(base),
});

function firstDifference(
  found: Record<string, unknown>,
  expected: Record<string, unknown>,
): { field: string; found: string; expected: string } | undefined {
  for (const field of new Set([...Object.keys(found), ...Object.keys(expected)])) {
    const [was, is] = [found[field], expected[field]];
    if (JSON.stringify(was) !== JSON.stringify(is)) return { field, found: show(is), expected: show(was) };
  }
  return undefined;
}

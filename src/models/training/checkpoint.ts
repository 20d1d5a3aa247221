/**
 * Checkpoints of a run: `checkpoints/step-00000100/` holds the model (whatever `save` writes), the optimiser's slots and what
 * else the run needs to go on. A folder is written under another name and renamed when it is whole, so one that is there is
 * whole; the newest two are kept.
 * @module
 */
import { randomBytes } from "node:crypto";
import { open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { State } from "../../engine/index.ts";
import { InputError } from "../../io/errors.ts";
import { makeFolder } from "../../io/make-folder.ts";
import { systemFault } from "../../io/system-fault.ts";
import { writeJsonAtomic } from "../../io/write.ts";
import { parseWith, readJsonFile } from "../json-file.ts";
import { openSafetensors } from "../safetensors.ts";
import { writeSafetensors } from "../safetensors-writer.ts";

const FOLDER = "checkpoints";
const FORMAT = "allgood-checkpoint/1";
const KEPT = 2;
const STATE = "state.json";
const SLOTS = "optimiser.safetensors";

/** Every position has the number of updates done; what else a run needs to go on is its own. */
const stepSchema = z.looseObject({
  format: z.literal(FORMAT, "not a checkpoint that we read"),
  step: z.int().min(1),
});

export type Position = { readonly step: number };

export type Checkpoint<P extends Position = Position> = P & { readonly folder: string };

/**
 * @param position where the run stands, as plain JSON
 * @param slots names of the state that are written beside the model: by default the optimiser's
 * @param save writes the model into the folder
 * @returns the checkpoint's folder
 * @throws InputError where the disk refuses; older checkpoints are then still there
 */
export async function saveCheckpoint<P extends Position>(
  run: string,
  position: P,
  state: State,
  save: (folder: string) => Promise<void>,
  slots: readonly string[] = optimiserSlots(state),
): Promise<string> {
  const name = `step-${String(position.step).padStart(8, "0")}`;
  const target = join(run, FOLDER, name);
  const temporary = join(run, FOLDER, `.${name}.${randomBytes(4).toString("hex")}.tmp`);
  try {
    await makeFolder(temporary);
    await save(temporary);
    await saveSlots(join(temporary, SLOTS), state, slots);
    await writeJsonAtomic(join(temporary, STATE), { format: FORMAT, ...position });
    await rm(target, { recursive: true, force: true });
    await rename(temporary, target);
    await syncFolder(join(run, FOLDER));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw systemFault(error, target, "write");
  }
  await prune(run);
  return target;
}

/**
 * The newest checkpoint of a run; undefined where there is none.
 * @param schema of the position
 * @param upTo the last step that it may be of; any where absent
 * @throws InputError where it is damaged
 */
export async function latestCheckpoint<P extends Position>(
  run: string,
  schema: z.ZodType<P>,
  upTo: number = Number.POSITIVE_INFINITY,
): Promise<Checkpoint<P> | undefined> {
  const newest = (await list(run)).find((name) => stepOf(name) <= upTo);
  if (newest === undefined) return undefined;
  const folder = join(run, FOLDER, newest);
  const file = join(folder, STATE);
  const { format: _, ...position } = parseWith(stepSchema, await readJsonFile(file), file);
  return { ...parseWith(schema, position, file), folder };
}

/** Whether a run has a checkpoint to go on from. */
export const hasCheckpoint = async (run: string): Promise<boolean> => (await list(run)).length > 0;

/** Puts the slots of a checkpoint into the state, whose parameters are there already. @throws InputError where they are damaged or do not fit */
export async function loadSlots({ folder }: Checkpoint, state: State): Promise<void> {
  const file = join(folder, SLOTS);
  const tensors = await openSafetensors(file);
  try {
    for (const [name, { shape }] of tensors.tensors) {
      const parameter = name.replace(/\.[mv]$/, "");
      if (!state.has(parameter) || state.get(parameter).shape.join() !== shape.join()) {
        throw new InputError({
          problem: "the optimiser's numbers do not fit the model",
          file,
          field: name,
          found: `[${shape.join(", ")}]`,
          fix: `Remove ${folder} to go on from the checkpoint before it`,
        });
      }
      state.set(name, { dtype: "float32", shape, data: await tensors.read(name) });
    }
  } finally {
    await tensors.close();
  }
}

const optimiserSlots = (state: State): string[] => state.names.filter((name) => /\.[mv]$/.test(name));

function saveSlots(file: string, state: State, slots: readonly string[]): Promise<void> {
  const tensors = [...slots].sort().map((name) => {
    const { shape, data } = state.get(name);
    return { name, shape, values: () => data as Float32Array };
  });
  return writeSafetensors(file, tensors);
}

/** Names of whole checkpoints, newest first. */
async function list(run: string): Promise<string[]> {
  const names = await readdir(join(run, FOLDER)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw systemFault(error, join(run, FOLDER), "read");
  });
  return names.filter((name) => /^step-\d{8,}$/.test(name)).sort((a, b) => stepOf(b) - stepOf(a));
}

const stepOf = (name: string): number => Number(name.slice("step-".length));

/** Removes old checkpoints, and what killed runs left half written. */
async function prune(run: string): Promise<void> {
  const kept = new Set((await list(run)).slice(0, KEPT));
  for (const name of await readdir(join(run, FOLDER))) {
    const ours = /^step-\d{8,}$|^\.step-.*\.tmp$/.test(name);
    if (ours && !kept.has(name)) await rm(join(run, FOLDER, name), { recursive: true, force: true });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

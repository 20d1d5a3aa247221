/** Files of a model directory, checked against the SHA-256 that `model.json` names. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../io/errors.ts";
import { systemFault } from "../io/system-fault.ts";
import { openSafetensors } from "../models/index.ts";

/** A file of a model's folder, by content. */
export type StoredFile = { file: string; sha256: string };

/** A file that was just written, as `model.json` names it. */
export const storedFile = async (folder: string, file: string): Promise<StoredFile> => ({
  file,
  sha256: sha256(await readFile(join(folder, file))),
});

export function parseJson(bytes: Uint8Array, file: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new InputError(
      { problem: "this is not JSON", file, found: (error as Error).message },
      { cause: error },
    );
  }
}

export async function readStored(folder: string, name: string): Promise<Uint8Array> {
  const file = join(folder, name);
  try {
    return await readFile(file);
  } catch (error) {
    const fault = systemFault(error, file, "read");
    if (!(fault instanceof InputError)) throw fault;
    const fix = 'Give the folder that "allgood reward train --out" wrote';
    throw new InputError({ ...fault.fault, fix }, { cause: error });
  }
}

export async function readChecked(folder: string, named: StoredFile): Promise<Uint8Array> {
  const bytes = await readStored(folder, named.file);
  const found = sha256(bytes);
  if (found === named.sha256) return bytes;
  throw new InputError({
    problem: "this file is not the one that its model.json names",
    file: join(folder, named.file),
    found: `SHA-256 ${found.slice(0, 12)}…`,
    expected: `${named.sha256.slice(0, 12)}…`,
    fix: "Copy the whole folder again, or train the model again",
  });
}

/** The tensors of a checked safetensors file. @throws InputError where it is damaged or holds no numbers that we read */
export async function readTensors(
  folder: string,
  named: StoredFile,
): Promise<Partial<Record<string, Float32Array>>> {
  await readChecked(folder, named);
  const tensors = await openSafetensors(join(folder, named.file));
  try {
    const found: [string, Float32Array][] = [];
    for (const name of tensors.tensors.keys()) found.push([name, await tensors.read(name)]);
    return Object.fromEntries(found);
  } finally {
    await tensors.close();
  }
}

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Files of a model directory, checked against the SHA-256 that `model.json` names. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../io/errors.ts";
import { systemFault } from "../io/system-fault.ts";

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

export async function readChecked(
  folder: string,
  named: { file: string; sha256: string },
): Promise<Uint8Array> {
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

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

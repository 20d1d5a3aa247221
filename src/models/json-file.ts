import type { z } from "zod";
import { InputError, show } from "../io/errors.ts";
import { maxJsonBytes, parseJson } from "../io/json.ts";
import { type ByteSource, openBytes } from "./byte-source.ts";

/**
 * Reads a whole JSON file.
 * @throws InputError: missing, empty, too large, not UTF-8, not JSON
 */
export async function readJsonFile(file: string): Promise<unknown> {
  const source = await openBytes(file);
  try {
    return await readJsonSource(source);
  } finally {
    await source.close();
  }
}

export async function readJsonSource(source: ByteSource): Promise<unknown> {
  if (source.size > maxJsonBytes) {
    throw new InputError({
      problem: "a JSON file is read whole, and this one is too large",
      file: source.file,
      found: `${source.size.toLocaleString("en")} bytes`,
      expected: `at most ${maxJsonBytes.toLocaleString("en")} bytes`,
    });
  }
  return parseJson(source.file, await source.read(0, source.size));
}

/** Checks `value` against `schema`. @throws InputError with the file and the first field that does not fit */
export function parseWith<T>(schema: z.ZodType<T>, value: unknown, file: string, where?: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const path = [...(where === undefined ? [] : [where]), ...issue.path.map(String)].join(".");
  const found = at(value, issue.path);
  throw new InputError({
    problem: found === undefined && path !== "" ? "a field is missing" : issue.message,
    file,
    ...(path !== "" && { field: path }),
    ...(found !== undefined && { found: describe(found) }),
  });
}

/** A value from outside, in a few words. A nested one is only named: printing it could exhaust the stack. */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" && value !== null ? "an object" : show(value);
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<PropertyKey, unknown>)[key];
  }
  return found;
}

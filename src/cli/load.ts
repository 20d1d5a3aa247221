import { readFile } from "node:fs/promises";
import { InputError } from "../io/errors.ts";
import { systemFault } from "../io/system-fault.ts";

/** Parses a small JSON file. @throws InputError naming the file */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new InputError({ problem: "this is not JSON", file, found: error.message }, { cause: error });
    }
    throw systemFault(error, file, "read");
  }
}

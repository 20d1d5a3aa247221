/** The Python client that this npm package brings, to lay beside an exported script. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InputError } from "../../io/errors.ts";
import type { ExportedFile } from "./recipe.ts";

const PACKAGE = join("integrations", "python", "allgood_rewards");

/** The sources of `allgood_rewards`, as files of an export. @throws InputError if this installation lacks them */
export async function pythonPackage(): Promise<ExportedFile[]> {
  const folder = locate(import.meta.dirname);
  const names = (await readdir(folder)).filter((name) => name.endsWith(".py") || name === "py.typed");
  return Promise.all(
    names.sort().map(async (name) => ({
      path: join("allgood_rewards", name),
      text: await readFile(join(folder, name), "utf8"),
    })),
  );
}

/** The sources run from src/cli/export/, the built program from somewhere in dist/: both lie below the package's root. */
function locate(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, PACKAGE);
    if (existsSync(join(found, "__init__.py"))) return found;
    if (folder === dirname(folder)) break;
  }
  throw new InputError({
    problem: "the Python client is not in this installation",
    expected: PACKAGE,
    fix: "Install the package again",
  });
}

import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import type { Listening } from "../../src/serve/listen.ts";
import { startStudio } from "../../src/serve/studio/index.ts";

let built: Promise<string> | undefined;

/** The page: `dist/studio`, or built into a temporary folder where the tests run without a build of the sources. */
export function studioPage(): Promise<string> {
  built ??= process.env.ALLGOOD_SKIP_BUILD
    ? buildPage()
    : Promise.resolve(join(import.meta.dirname, "../../dist/studio"));
  return built;
}

async function buildPage(): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), "allgood-studio-"));
  const configFile = join(import.meta.dirname, "../../vite.config.ts");
  await build({ configFile, logLevel: "error", build: { outDir } });
  return outDir;
}

/** The studio over a folder, on any free port; `drain(0)` ends it. */
export async function openStudio(folder: string): Promise<Listening> {
  return startStudio({ folder, assets: await studioPage() }, 0);
}

/** The package as a project that depends on it gets it: what is in it, and that its types hold for a strict program. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { describe, expect, test } from "vitest";
import { workFolder } from "./support/cli.ts";
import { parseGuide } from "./support/guide.ts";

const ROOT = resolve(import.meta.dirname, "..");
const run = promisify(execFile);
const at = workFolder();
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

type Packed = { files: { path: string }[]; size: number };

test("the tarball holds the build, the docs and the Python client, and nothing of the workshop", async () => {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const { stdout } = await run("npm", args, { cwd: ROOT, maxBuffer: 2 ** 24 });
  const [packed]: Packed[] = JSON.parse(stdout);
  const paths = packed!.files.map(({ path }) => path);
  for (const path of ["LICENSE", "README.md", "docs/api.md", "dist/cli/main.js", "dist/studio/index.html"])
    expect(paths).toContain(path);
  const wrong = /\.(map|ts)$|\btests?\b|fixture|__pycache__|^(src|bench|runs|examples|deploy)\//;
  expect(paths.filter((path) => wrong.test(path) && !path.endsWith(".d.ts"))).toEqual([]);
  expect(packed!.size).toBeLessThan(2_000_000);
});

test("its manifest points at files that are there, in the right form", async () => {
  const { messages, pkg } = await publint({ pkgDir: ROOT, pack: false });
  expect(messages.map((message) => formatMessage(message, pkg!))).toEqual([]);
});

test("allgood/objective imports nothing but its own files", async () => {
  const [waiting, seen] = [[join(ROOT, manifest.exports["./objective"].default)], new Set<string>()];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    seen.add(file);
    const imports = (await readFile(file, "utf8")).matchAll(/^(?:import|export)\b[^;]*?from "([^"]+)"/gm);
    for (const [, from = ""] of imports) {
      expect(from, `${file} imports ${from}`).toMatch(/^\.\.?\//);
      const next = resolve(dirname(file), from);
      if (!seen.has(next)) waiting.push(next);
    }
  }
  expect(seen.size).toBeGreaterThan(1);
});

describe("the programs of docs/api.md", () => {
  const steps = parseGuide(readFileSync(join(ROOT, "docs/api.md"), "utf8"));
  const programs = steps.filter((step) => step.kind === "file");

  test("import from every entry point", () => {
    const entries = Object.keys(manifest.exports).filter((entry) => entry !== "./package.json");
    const text = programs.map(({ content }) => content).join("\n");
    const imported = (entry: string) => text.includes(`from "allgood${entry.slice(1)}"`);
    // its page is docs/engine.md
    expect(entries.filter((entry) => !imported(entry))).toEqual(["./engine"]);
  });

  test.each([
    ["node16", "node16"],
    ["esnext", "bundler"],
  ])("hold for a strict TypeScript project with module %s, resolution %s", async (module, resolution) => {
    const folder = at(resolution);
    await mkdir(join(folder, "node_modules"), { recursive: true });
    await symlink(ROOT, join(folder, "node_modules/allgood"));
    await symlink(join(ROOT, "node_modules/@types"), join(folder, "node_modules/@types"));
    for (const { name, content } of programs) await writeFile(join(folder, name), content);
    // an error itself where the types are not found, and everything is allowed
    const wrong = `import { compileGoal } from "allgood/objective";\n// @ts-expect-error\ncompileGoal(1);\n`;
    await writeFile(join(folder, "wrong.mjs"), wrong);
    const compilerOptions = {
      ...{ module, moduleResolution: resolution, target: "es2022", types: ["node"], noEmit: true },
      ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
      ...{ allowJs: true, checkJs: true, skipLibCheck: true },
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.mjs"] }));
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const { stdout } = await run(process.execPath, [tsc, "-p", folder]).catch((error) => error);
    expect(stdout).toBe("");
  });
});

/** Runs the steps of a guide in one shell, as a terminal would. */
import { execFileSync, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Step } from "./guide.ts";
import { python } from "./python.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** What `npx allgood` runs: the build, or with ALLGOOD_GUIDES=sources the sources, for those who write a guide. */
const COMMAND =
  process.env.ALLGOOD_GUIDES === "sources"
    ? ["--import", fileURLToPath(import.meta.resolve("tsx")), join(ROOT, "src/cli/main.ts")]
    : [join(ROOT, "dist/cli/main.js")];

/** Packages that the guides' JavaScript imports. */
const PACKAGES = { allgood: ROOT, openai: join(ROOT, "node_modules/openai") };

/** An empty folder becomes that of a reader: `npx allgood` is this checkout's, its packages are there, and Python, if there is one. */
export async function readersFolder(folder: string): Promise<void> {
  await mkdir(join(folder, ".bin"));
  const command = [process.execPath, ...COMMAND].map((part) => `'${part}'`).join(" ");
  const refuse = `[ "$1" = allgood ] || { echo "a guide runs npx $1" >&2; exit 1; }`;
  await writeFile(join(folder, ".bin/npx"), `#!/bin/sh\n${refuse}\nshift\nexec ${command} "$@"\n`);
  await chmod(join(folder, ".bin/npx"), 0o755);
  if (python !== undefined) {
    // by its whole path: `python3` would find this very file
    const args = ["-c", "import sys; print(sys.executable, end='')"];
    await symlink(execFileSync(python, args, { encoding: "utf8" }), join(folder, ".bin/python3"));
  }
  await mkdir(join(folder, "node_modules"));
  for (const [name, path] of Object.entries(PACKAGES))
    await symlink(path, join(folder, "node_modules", name));
}

/** What came of a guide: standard output by step; what the shell ended with. */
export type GuideRun = { code: number | null; outputs: Map<Step, string>; stderr: string };

const MARK = "=== guide step ";

/**
 * Runs the steps in `folder`. A command that fails ends the run (`set -e`). Whatever it started in the background is stopped at the
 * end, or when `signal` says so.
 */
export async function runSteps(
  steps: readonly Step[],
  folder: string,
  signal: AbortSignal,
): Promise<GuideRun> {
  const child = spawn("bash", ["-e", "-c", steps.map(scriptOf).join("\n")], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PATH: `${join(folder, ".bin")}:${process.env.PATH}`, CI: "true", NO_COLOR: "1" },
    // a process group of its own, so that its servers can be stopped with it
    detached: true,
  });
  const group = child.pid;
  const stop = () => group !== undefined && killGroup(group);
  signal.addEventListener("abort", stop);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const closed = once(child, "close");
  const [code]: (number | null)[] = await once(child, "exit");
  stop();
  await closed;
  signal.removeEventListener("abort", stop);
  const parts = stdout.split(new RegExp(`^${MARK}\\d+\\n`, "m")).slice(1);
  return { code: code ?? null, stderr, outputs: new Map(steps.map((step, i) => [step, parts[i] ?? ""])) };
}

const END = "END_OF_THE_GUIDES_FILE";

function scriptOf(step: Step, i: number): string {
  const script =
    step.kind === "run" ? step.script : `cat > '${step.name}' <<'${END}'\n${step.content}\n${END}`;
  // on a line of its own, whatever was printed before
  return `printf '\\n%s\\n' '${MARK}${i}'\n${script}`;
}

function killGroup(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // all have ended already
  }
}

/**
 * A free port for each of the names. Below those that systems hand out, so that none of the many servers and connections of other
 * tests gets it before the guide's server does.
 */
export async function freePorts(names: readonly string[]): Promise<Map<string, number>> {
  const ports = new Set<number>();
  while (ports.size < names.length) {
    const port = randomInt(10_240, 32_768);
    if (await isFree(port)) ports.add(port);
  }
  return new Map([...ports].map((port, i) => [names[i] ?? "", port]));
}

function isFree(port: number): Promise<boolean> {
  return new Promise((found) => {
    const server = createServer();
    server.once("error", () => found(false));
    server.listen(port, "127.0.0.1", () => server.close(() => found(true)));
  });
}

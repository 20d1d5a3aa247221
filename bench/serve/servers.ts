/** The servers that are compared, each a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { sealObjective } from "../../src/objective/index.ts";
import { loadRewardSource } from "../../src/rewards/index.ts";

export type Server = {
  name: string;
  port: number;
  about: Record<string, unknown>;
  process: ChildProcess;
  stop(): Promise<void>;
};

const root = join(import.meta.dirname, "../..");

/** The length of the response: what a model costs is not what is measured. */
const MODEL = `export const value = "helpful";
export const score = (items) => items.map(({ response }) => response.length / 100);
`;

/** On SIGUSR2 it collects its garbage, so that what lives is what is measured. */
const COLLECTING = ["--expose-gc", "--import", "data:text/javascript,process.on('SIGUSR2',()=>gc())"];
const FLAGS = { plain: [], collecting: COLLECTING };

/**
 * `allgood serve` over an objective of one value, from the sources, with no line a request in its log.
 * @param kind plain, or to measure memory
 */
export async function startAllgood(kind: keyof typeof FLAGS = "plain"): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), "allgood-bench-"));
  const path = join(folder, "length.mjs");
  await writeFile(path, MODEL);
  const { sha256 } = await loadRewardSource(path);
  const objective = await sealObjective({
    format: "allgood-objective/1",
    goal: "helpful",
    values: {
      helpful: {
        model: { kind: "function", path: "length.mjs", sha256 },
        temperature: 1,
        reference: { kind: "fixed", global: 0, otherwise: "global" },
      },
    },
  });
  await writeFile(join(folder, "objective.json"), JSON.stringify(objective));
  const child = allgoodProcess(
    ["serve", join(folder, "objective.json"), "--port", "0", "--log-level", "warn"],
    FLAGS[kind],
  );
  const { url } = await firstLine<{ url: string }>(child);
  return {
    name: "allgood",
    process: child,
    port: Number(new URL(url).port),
    about: { node: process.version },
    async stop() {
      await stopped(child);
      await rm(folder, { recursive: true });
    },
  };
}

/**
 * The command line from the sources, under `--json`.
 * @param flags of Node
 */
export function allgoodProcess(args: readonly string[], flags: readonly string[] = []): ChildProcess {
  return spawn(process.execPath, [...flags, "--import", "tsx", "src/cli/main.ts", ...args, "--json"], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** The rewards that `startAllgood`'s objective gives: log σ(r). */
export const rewardOf = (response: string): number => -Math.log1p(Math.exp(-response.length / 100));

/**
 * FastAPI and uvicorn, by the first Python that has them.
 * @param kind plain, as `pip install uvicorn` gives it; or with uvloop and httptools
 * @returns what is missing, where something is
 */
export async function startFastApi(kind: "plain" | "fast"): Promise<Server | { missing: string }> {
  const [loop, http] = kind === "plain" ? ["asyncio", "h11"] : ["uvloop", "httptools"];
  const needs = [
    "fastapi",
    "uvicorn",
    http === "h11" ? "h11" : "httptools",
    ...(loop === "uvloop" ? ["uvloop"] : []),
  ];
  const python = await pythonWith(needs);
  if (python === undefined) return { missing: `no python3 with ${needs.join(", ")}` };
  const child = spawn(python, [join(import.meta.dirname, "../serve.py"), loop!, http!], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { port, ...about } = await firstLine<{ port: number } & Record<string, unknown>>(child);
  return {
    name: kind === "plain" ? "fastapi" : "fastapi with uvloop and httptools",
    port,
    about: { ...about, loop, http },
    process: child,
    stop: () => stopped(child),
  };
}

async function pythonWith(modules: readonly string[]): Promise<string | undefined> {
  for (const python of ["python", "python3"]) {
    const child = spawn(python, ["-c", modules.map((name) => `import ${name}`).join("\n")], {
      stdio: "ignore",
    });
    const [code] = await Promise.race([once(child, "close"), once(child, "error").then(() => [1])]);
    if (code === 0) return python;
  }
  return undefined;
}

export async function firstLine<T>(child: ChildProcess): Promise<T> {
  for await (const line of createInterface({ input: child.stdout! })) return JSON.parse(line) as T;
  throw new Error("a server ended before it listened");
}

export async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const closed = once(child, "close");
  child.kill("SIGTERM");
  await closed;
}

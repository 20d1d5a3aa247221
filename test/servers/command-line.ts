/** The command line, run from the sources. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { z } from "zod";

const MAIN = resolve(import.meta.dirname, "../../src/cli/main.ts");

const launch = (args: readonly string[]) =>
  spawn(process.execPath, ["--import", "tsx", MAIN, ...args], {
    cwd: resolve(import.meta.dirname, "../.."),
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, CI: "true" },
  });

/** Runs a command to its end. */
export async function allgood(
  ...args: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = launch(args);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: child.exitCode, stdout, stderr };
}

const served = z.object({ url: z.string() });

/** Starts a server of ours. */
export async function serve(...args: string[]): Promise<{ url: string; child: ChildProcess }> {
  const child = launch([...args, "--port", "0", "--json"]);
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-4000);
  });
  const url = await new Promise<string>((found, failed) => {
    child.stdout.once("data", (line) => found(served.parse(JSON.parse(String(line))).url));
    child.once("close", () => failed(new Error(stderr)));
  });
  return { url, child };
}

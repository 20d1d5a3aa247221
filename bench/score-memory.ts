/**
 * Peak resident memory of `allgood score` on a large file, JSONL in and out.
 * Run: npx tsx bench/score-memory.ts [--megabytes 1000] [--json]      (needs `npm run build`, and Linux for /proc)
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createWorld } from "../src/world/index.ts";

const { values: options } = parseArgs({
  options: { megabytes: { type: "string", default: "1000" }, json: { type: "boolean", default: false } },
});
const folder = await mkdtemp(join(tmpdir(), "allgood-memory-"));
const cli = join(import.meta.dirname, "../dist/cli/main.js");
try {
  const demo = join(folder, "demo");
  execFileSync(process.execPath, [cli, "demo", "--prompts", "240", "--out", demo], { stdio: "ignore" });
  const data = join(folder, "data.jsonl");
  await writeRows(data, Number(options.megabytes) * 1e6);
  const out = join(folder, "scores.jsonl");
  const model = join(demo, "models", "helpful");
  const started = performance.now();
  const peak = await peakMemory([cli, "score", "--model", model, "--data", data, "--out", out]);
  const seconds = (performance.now() - started) / 1000;
  const fileMB = (await stat(data)).size / 1e6;
  const result = { fileMB, peakMB: peak / 1e6, seconds, megabytesPerSecond: fileMB / seconds };
  console.log(
    options.json
      ? JSON.stringify(result)
      : `${fileMB.toFixed(0)} MB scored in ${seconds.toFixed(0)} s, peak resident ${result.peakMB.toFixed(0)} MB`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Rows of the demo world over and over, each with its own number. */
async function writeRows(path: string, bytes: number): Promise<void> {
  const rows = createWorld(1, { prompts: 200 }).candidateSets.flatMap(({ prompt, candidates }) =>
    candidates.map(({ response }) => ({ prompt, response })),
  );
  const file = createWriteStream(path);
  for (let written = 0, n = 0; written < bytes; ) {
    const chunk = rows.map((row) => `${JSON.stringify({ n: n++, ...row })}\n`).join("");
    written += Buffer.byteLength(chunk);
    if (!file.write(chunk)) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
}

async function peakMemory(args: string[]): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  let peak = 0;
  const poll = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024);
  }, 200);
  const [code] = await once(child, "close");
  clearInterval(poll);
  if (code !== 0) throw new Error(`score exited with ${code}`);
  return peak;
}

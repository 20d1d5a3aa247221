import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const MAIN = join(import.meta.dirname, "main.ts");
/** A document of many pipes' length. */
const long = ["--import", "tsx", MAIN, "world", "sample", "--n", "400", "--k", "8", "--json"];

async function ended(child: ReturnType<typeof spawn>): Promise<{ code: number | null; stderr: string }> {
  let stderr = "";
  child.stderr!.on("data", (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, "close");
  return { code, stderr };
}

test("a reader that goes away after some bytes, as head does, is no failure", async () => {
  const child = spawn(process.execPath, long);
  child.stdout.once("data", () => child.stdout.destroy());
  expect(await ended(child)).toEqual({ code: 0, stderr: "" });
}, 20_000);

test.skipIf(!existsSync("/dev/full"))(
  "a full disk behind standard output is said, without a stack",
  async () => {
    const full = await open("/dev/full", "w");
    const child = spawn(process.execPath, long, { stdio: ["ignore", full.fd, "pipe"] });
    const { code, stderr } = await ended(child);
    await full.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: standard output: can't write it \(found ENOSPC: .*\)\n$/);
  },
  20_000,
);

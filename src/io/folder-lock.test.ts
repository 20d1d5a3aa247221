import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "./errors.ts";
import { lockFolder, tryLockFolder } from "./folder-lock.ts";
import { startProcess } from "./other-process.fixture.ts";
import { OWNER } from "./owner.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "allgood-lock-"));
});
afterAll(() => rm(root, { recursive: true }));

/** Another process that holds a folder until it is killed. */
async function holderOf(folder: string) {
  const holder = startProcess(
    `
    import { lockFolder } from "./folder-lock.ts";
    await lockFolder(${JSON.stringify(folder)}, { who: "allgood label" });
    console.log("held");
  `,
    import.meta.dirname,
  );
  await holder.said("held");
  return holder;
}

test("a folder is held by one, made where it is missing, and left as it was", async () => {
  const folder = join(root, "new", "deep");
  const lock = await lockFolder(folder, { who: "one" });
  expect(await tryLockFolder(folder, "two")).toBeUndefined();
  await expect(lockFolder(folder, { who: "two", waitMs: 0 })).rejects.toThrow(InputError);
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
  const next = await tryLockFolder(folder, "two");
  expect(next).toBeDefined();
  await next!.release();
});

test("who waits gets it when it is let go of, unless the wait is given up", async () => {
  const folder = join(root, "waited");
  const lock = await lockFolder(folder, { who: "one" });
  const abort = new AbortController();
  const given = lockFolder(folder, { who: "two", waitMs: 60_000, signal: abort.signal });
  abort.abort();
  await expect(given).rejects.toThrow("abort");
  const waiting = lockFolder(folder, { who: "three", waitMs: 60_000 });
  await lock.release();
  await (await waiting).release();
});

test("held by another process: says which file, who and what to do; killed with -9, it is free at once", async () => {
  const folder = join(root, "killed");
  const holder = await holderOf(folder);
  const [claim] = await readdir(folder);
  const refused: unknown = await lockFolder(folder, { who: "me", waitMs: 50 }).catch((error) => error);
  expect(refused).toBeInstanceOf(InputError);
  const { fault, message } = refused as InputError;
  expect(fault.file).toBe(join(folder, claim!));
  expect(fault.found).toContain(`allgood label, process ${holder.child.pid} on `);
  expect(message).toMatch(/another process is writing to this folder.*Wait until it is done, or end it/);
  await holder.kill();
  expect(await readdir(folder)).toEqual([claim]);
  const lock = await tryLockFolder(folder, "me");
  expect(lock).toBeDefined();
  expect(await readdir(folder)).not.toContain(claim);
  await lock!.release();
}, 20_000);

test("of several processes that take it again and again, never two hold it", async () => {
  const folder = join(root, "many");
  await mkdir(folder);
  // `wx` fails where another one has not yet removed the mark
  const code = `
    import { lockFolder } from "./folder-lock.ts";
    import { rm, writeFile } from "node:fs/promises";
    const folder = ${JSON.stringify(folder)};
    for (let i = 0; i < 12; i++) {
      const lock = await lockFolder(folder, { who: "many", waitMs: 60_000 });
      await writeFile(folder + "/mark", "", { flag: "wx" });
      await new Promise((done) => setTimeout(done, 3));
      await rm(folder + "/mark");
      await lock.release();
    }
    console.log("all");
    process.exit(0);
  `;
  const ended = await Promise.all(
    Array.from({ length: 4 }, () => startProcess(code, import.meta.dirname).finished),
  );
  expect(ended).toEqual(ended.map(() => ({ code: 0, stdout: "all\n" })));
  expect(await readdir(folder)).toEqual([]);
}, 60_000);

describe("a claim that stands there", () => {
  const [host, pid, start] = OWNER.split("-");
  const claimed = async (name: string, owner: string) => {
    const folder = join(root, name);
    await mkdir(folder);
    await writeFile(join(folder, `.lock.${owner}.0123abcd`), "");
    return folder;
  };

  test("of another machine is kept, and says that it can't be looked at from here", async () => {
    const folder = await claimed("elsewhere", `${host === "00000000" ? "11111111" : "00000000"}-77-0`);
    await expect(lockFolder(folder, { who: "me", waitMs: 0 })).rejects.toThrow(
      /found process 77\).*can't be seen from this machine: if it does not, remove this file/,
    );
  });

  test.skipIf(!existsSync("/proc/self/stat"))("of a process whose number came again is dropped", async () => {
    const folder = await claimed("again", `${host}-${pid}-${Number(start) - 1}`);
    const lock = await tryLockFolder(folder, "me");
    expect(await readdir(folder)).toEqual([expect.stringContaining(OWNER)]);
    await lock!.release();
  });

  test.skipIf(!existsSync("/proc/self/stat"))(
    "of a killed process that nobody has waited for is dropped",
    async () => {
      // the shell becomes a program that never takes notice of the end of the shell's child
      const parent = spawn("sh", ["-c", "true & echo $!; exec sleep 60"], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      const [zombie] = (await once(parent.stdout, "data")) as [Buffer];
      try {
        const folder = await claimed("zombie", `${host}-${zombie.toString().trim()}-0`);
        await expect.poll(() => tryLockFolder(folder, "me")).toBeDefined();
      } finally {
        parent.kill("SIGKILL");
      }
    },
  );
});

test("a file in the folder's place is named", async () => {
  await writeFile(join(root, "file"), "");
  await expect(lockFolder(join(root, "file"), { who: "me" })).rejects.toThrow(/a file stands where a folder/);
});

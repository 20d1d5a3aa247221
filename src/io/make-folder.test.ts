import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder } from "./make-folder.ts";
import { writeFileAtomic } from "./write.ts";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-make-folder-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("makes all that is missing, and takes what is there, also by a link", async () => {
  await makeFolder(at("a", "b", "c"));
  await makeFolder(at("a", "b", "c"));
  await symlink(at("a"), at("link"));
  await makeFolder(at("link", "d"));
  expect((await stat(at("a", "d"))).isDirectory()).toBe(true);
});

test("many at once make one folder", async () => {
  await Promise.all(Array.from({ length: 20 }, () => makeFolder(at("x", "y", "z"))));
  expect((await stat(at("x", "y", "z"))).isDirectory()).toBe(true);
});

test.each([
  ["a file in its place", "file", "EEXIST"],
  ["a file above it", "file/x/y", "ENOTDIR"],
  ["a link to nowhere", "nowhere", "EEXIST"],
])("%s: fails as mkdir does", async (_, path, code) => {
  await writeFile(at("file"), "");
  await rm(at("nowhere"), { force: true });
  await symlink(at("gone"), at("nowhere"));
  await expect(makeFolder(at(path))).rejects.toMatchObject({ code });
});

// Node's own `recursive` never comes back here
test.skipIf(!existsSync("/proc/self/stat"))("a file system that takes no folder: fails at once", async () => {
  for (const path of ["/proc/allgood", "/proc/allgood/run"])
    await expect(makeFolder(path)).rejects.toMatchObject({ code: "ENOENT" });
  await expect(writeFileAtomic("/proc/allgood/run/audit.json", "{}")).rejects.toThrow(
    /audit\.json: can't write it: its folder is not there and can't be made/,
  );
});

test("no permission: says so", async (context) => {
  context.skip(process.getuid?.() === 0, "root may write everywhere");
  await mkdir(at("closed"), { mode: 0o500 });
  await expect(makeFolder(at("closed", "x"))).rejects.toMatchObject({ code: "EACCES" });
});

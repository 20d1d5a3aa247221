import { mkdtemp, readFile, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSource } from "./objective-source.ts";

let folder = "";
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-source-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function open(everyMs = 0) {
  const events: unknown[] = [];
  const source = await openSource({
    file: at("file"),
    everyMs,
    async load(bytes) {
      const text = new TextDecoder().decode(bytes);
      if (text.startsWith("bad")) throw new Error(text);
      return text;
    },
    onLoad: (text) => events.push(text),
    onFailure: (error) => events.push((error as Error).message),
  });
  return { source, events };
}

test("a changed file is loaded; a new time stamp alone is no change", async () => {
  await writeFile(at("file"), "one");
  const { source, events } = await open();
  await utimes(at("file"), 1, 1);
  await source.check();
  await writeFile(at("file"), "two");
  await source.check();
  expect(source.current()).toBe("two");
  expect(events).toEqual(["one", "two"]);
});

test("a bad file is told once and the old one stays; the next good one takes its place", async () => {
  await writeFile(at("file"), "one");
  const { source, events } = await open();
  await writeFile(at("file"), "bad two");
  await source.check();
  await source.check();
  expect(source.current()).toBe("one");
  await rm(at("file"));
  await source.check();
  expect(source.current()).toBe("one");
  await writeFile(at("file"), "three");
  await source.check();
  expect(source.current()).toBe("three");
  expect(events).toEqual(["one", "bad two", expect.stringContaining("no such file"), "three"]);
});

test("a file that is away is told once; put back as it was, it counts as loaded", async () => {
  await writeFile(at("file"), "one");
  const { source, events } = await open();
  await rename(at("file"), at("away"));
  await source.check();
  await source.check();
  await rename(at("away"), at("file"));
  await source.check();
  await source.check();
  expect(events).toEqual(["one", expect.stringContaining("no such file"), "one"]);
});

test("content that could not be used is tried again once the file is touched", async () => {
  await writeFile(at("file"), "one");
  const { source, events } = await open();
  await writeFile(at("file"), "bad two");
  await source.check();
  await utimes(at("file"), 1, 1);
  await source.check();
  await writeFile(at("file"), "one");
  await source.check();
  expect(events).toEqual(["one", "bad two", "bad two", "one"]);
});

test("a link that comes to point elsewhere is a change, as on Kubernetes", async () => {
  await writeFile(at("a"), "one");
  await writeFile(at("b"), "two");
  await symlink(at("a"), at("file"));
  const { source } = await open();
  await symlink(at("b"), at("next"));
  await rename(at("next"), at("file"));
  await source.check();
  expect(source.current()).toBe("two");
});

test("the file is looked at by itself, until it is closed", async () => {
  await writeFile(at("file"), "one");
  const { source, events } = await open(5);
  await writeFile(at("file"), "two");
  for (let i = 0; i < 1000 && events.length < 2; i++) await new Promise((done) => setTimeout(done, 5));
  expect(source.current()).toBe("two");
  source.close();
});

test("at first, a bad or missing file is an error", async () => {
  await expect(open()).rejects.toThrow("no such file");
  await writeFile(at("file"), "bad");
  await expect(open()).rejects.toThrow("bad");
  expect(await readFile(at("file"), "utf8")).toBe("bad");
});

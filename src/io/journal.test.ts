import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openJournal } from "./journal.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-journal-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("journal", () => {
  test("goes on after what was recorded, and drops what a kill left half written", async () => {
    const path = join(folder, "work");
    const first = await openJournal(path, "job", { done: 0 });
    await first.append("one\n", { done: 1 });
    await first.append("two\n", { done: 2 });
    await first.close();
    await appendFile(path, "thr");
    const second = await openJournal(path, "job", { done: 0 });
    expect(second.state).toEqual({ done: 2 });
    await second.append("three\n", { done: 3 });
    expect(await readFile(path, "utf8")).toBe("one\ntwo\nthree\n");
    await second.remove();
    await expect(stat(path)).rejects.toThrow(/ENOENT/);
    await expect(stat(`${path}.state`)).rejects.toThrow(/ENOENT/);
  });

  test("without a record nothing counts: lines of a run killed before its first record are dropped", async () => {
    const path = join(folder, "work");
    await writeFile(path, "half a batch\n");
    const journal = await openJournal(path, "job", 0);
    await journal.append("whole\n", 1);
    await journal.close();
    expect(await readFile(path, "utf8")).toBe("whole\n");
  });

  test("refuses the journal of other work, and one that lost bytes, with what to do", async () => {
    const path = join(folder, "work");
    const journal = await openJournal(path, "job", 0);
    await journal.append("one\n", 1);
    await journal.close();
    await expect(openJournal(path, "other job", 0)).rejects.toThrow(/unfinished run with other input.*rm /);
    await writeFile(path, "o");
    await expect(openJournal(path, "job", 0)).rejects.toThrow(
      /shorter than its record says.*found 1 bytes, expected 4/,
    );
  });

  test("bytes, not characters, are counted", async () => {
    const path = join(folder, "work");
    const journal = await openJournal(path, "job", 0);
    await journal.append("naïve 🙂\n", 1);
    await journal.close();
    const again = await openJournal(path, "job", 0);
    await again.append("end\n", 2);
    await again.close();
    expect(await readFile(path, "utf8")).toBe("naïve 🙂\nend\n");
  });

  test("a folder that can't be written is named", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(openJournal(join(folder, "file", "work"), "job", 0)).rejects.toThrow(/can't write it/);
  });
});

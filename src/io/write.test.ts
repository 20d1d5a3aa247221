import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { asyncBufferFromFile, parquetMetadataAsync } from "hyparquet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError, UsageError } from "./errors.ts";
import { readRows } from "./rows.ts";
import { createRowWriter, writeFileAtomic, writeJsonAtomic } from "./write.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-write-"));
});
afterAll(() => rm(folder, { recursive: true }));

type Record_ = Record<string, unknown>;

async function writeRows(path: string, rows: readonly Record_[]): Promise<void> {
  const writer = await createRowWriter(path);
  for (const row of rows) await writer.write(row);
  await writer.close();
}

async function readValues(path: string): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const row of readRows(path)) {
    if ("error" in row) throw row.error;
    values.push(row.value);
  }
  return values;
}

const endings = ["jsonl", "jsonl.gz", "csv", "csv.gz", "tsv", "parquet"];

describe("round trips", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({
      unit: fc.constantFrom(
        '"',
        ",",
        "\t",
        "\n",
        "\r",
        "\\",
        " ",
        "é",
        "漢",
        "🙂",
        "\u0000",
        "\ufeff",
        "\u2028",
      ),
    }),
  );
  test.each(endings)("text of any kind comes back from .%s", async (ending) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ a: text, "b, c": text }), { minLength: 1 }), async (rows) => {
        const path = join(folder, `text.${ending}`);
        await writeRows(path, rows);
        expect(await readValues(path)).toEqual(rows);
      }),
      { numRuns: 40 },
    );
  });

  test.each(endings)("a single column with empty texts comes back from .%s", async (ending) => {
    const path = join(folder, `single.${ending}`);
    const rows = [{ a: "" }, { a: "x" }, { a: "" }];
    await writeRows(path, rows);
    expect(await readValues(path)).toEqual(rows);
  });

  // text formats have no −0
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0);
  const value = fc.option(fc.oneof(finite, fc.integer()), { nil: null });
  // the Parquet library leaves out a nested key of this name
  const key = text.filter((name) => name !== "__proto__");
  test.each(["jsonl", "parquet"])(
    "numbers, booleans, nested values and nulls come back from .%s",
    async (ending) => {
      const row = fc.record({
        x: value,
        yes: fc.option(fc.boolean(), { nil: null }),
        nested: fc.array(fc.dictionary(key, text)),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(row, { minLength: 1 }), async (rows) => {
          const path = join(folder, `values.${ending}`);
          await writeRows(path, rows);
          expect(await readValues(path)).toEqual(JSON.parse(JSON.stringify(rows)));
        }),
        { numRuns: 40 },
      );
    },
  );

  test("CSV holds numbers in full precision and nested values as JSON", async () => {
    const path = join(folder, "cells.csv");
    await writeRows(path, [{ a: 0.1 + 0.2, b: { c: ["x", 1] }, d: null, e: true }]);
    const [row] = (await readValues(path)) as Record<string, string>[];
    expect(Number(row!.a)).toBe(0.1 + 0.2);
    expect(JSON.parse(row!.b!)).toEqual({ c: ["x", 1] });
    expect([row!.d, row!.e]).toEqual(["", "true"]);
  });

  test.each(endings)("more rows than a batch come back in order from .%s", async (ending) => {
    const path = join(folder, `many.${ending}`);
    const rows = Array.from({ length: 20_500 }, (_, i) => ({ id: `row ${i}` }));
    await writeRows(path, rows);
    expect(await readValues(path)).toEqual(rows);
  });

  test("a Parquet row group is bounded by rows and by text", async () => {
    const path = join(folder, "groups.parquet");
    await writeRows(
      path,
      Array.from({ length: 20_500 }, (_, i) => ({ id: i })),
    );
    const groups = async () =>
      (await parquetMetadataAsync(await asyncBufferFromFile(path))).row_groups.map((g) => Number(g.num_rows));
    expect(await groups()).toEqual([10_000, 10_000, 500]);
    const long = "x".repeat(2 ** 23);
    await writeRows(
      path,
      Array.from({ length: 6 }, (_, i) => ({ text: `${i}${long}` })),
    );
    expect(await groups()).toEqual([4, 2]);
  });

  test("columns are the union over the first batch; absent cells are empty or null", async () => {
    const rows = [{ a: "1" }, { b: "2" }];
    const csv = join(folder, "union.csv");
    await writeRows(csv, rows);
    expect(await readFile(csv, "utf8")).toBe("a,b\n1,\n,2\n");
    const parquet = join(folder, "union.parquet");
    await writeRows(parquet, rows);
    expect(await readValues(parquet)).toEqual([
      { a: "1", b: null },
      { a: null, b: "2" },
    ]);
  });

  test("a Parquet column that is null in the first row group may hold anything later", async () => {
    const path = join(folder, "late.parquet");
    const rows: Record_[] = Array.from({ length: 10_000 }, () => ({ id: "x", late: null }));
    await writeRows(path, [...rows, { id: "y", late: 3 }, { id: "z", late: "text" }]);
    expect((await readValues(path)).slice(-2)).toEqual([
      { id: "y", late: 3 },
      { id: "z", late: "text" },
    ]);
  });

  test("the same rows give the same bytes", async () => {
    for (const ending of endings) {
      const [one, other] = [join(folder, `same1.${ending}`), join(folder, `same2.${ending}`)];
      const rows = [{ a: "x", b: "y" }];
      await writeRows(one, rows);
      await writeRows(other, rows);
      expect((await readFile(one)).equals(await readFile(other))).toBe(true);
    }
  });
});

describe("what is refused leaves no file", () => {
  const leavesNothing = async (name: string, rows: readonly Record_[], problem: string) => {
    const place = await mkdtemp(join(folder, "none-"));
    await expect(writeRows(join(place, name), rows)).rejects.toThrow(problem);
    expect(await readdir(place)).toEqual([]);
  };

  test.each(endings)("NaN and infinities in .%s", async (ending) => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      await leavesNothing(`x.${ending}`, [{ a: 1 }, { a: bad }], "not finite");
      await leavesNothing(`x.${ending}`, [{ a: { deep: [1] } }, { a: { deep: [bad] } }], "not finite");
    }
  });

  test("a column that comes after the header, a column that changes its type", async () => {
    const csv = Array.from({ length: 1000 }, () => ({ a: "1" }));
    await leavesNothing("x.csv", [...csv, { a: "1", b: "2" }], "after the header");
    const parquet = Array.from({ length: 10_000 }, () => ({ a: "1" }));
    await leavesNothing("x.parquet", [...parquet, { a: 1 }], "changes its type");
  });

  test("an ending that is not known", async () => {
    await expect(createRowWriter(join(folder, "x.xlsx"))).rejects.toThrow(UsageError);
    await expect(createRowWriter(join(folder, "x.parquet.gz"))).rejects.toThrow(UsageError);
  });

  test("abort removes the temporary file and keeps the old one", async () => {
    const place = await mkdtemp(join(folder, "abort-"));
    const path = join(place, "x.jsonl");
    await writeFile(path, "old");
    const writer = await createRowWriter(path);
    await writer.write({ a: 1 });
    expect(await readdir(place)).toHaveLength(2);
    await writer.abort();
    expect(await readdir(place)).toEqual(["x.jsonl"]);
    expect(await readFile(path, "utf8")).toBe("old");
  });
});

describe("writeFileAtomic", () => {
  test("replaces a file, makes folders, leaves nothing beside it", async () => {
    const path = join(folder, "deep", "er", "x.json");
    await writeJsonAtomic(path, { a: 1 });
    await writeJsonAtomic(path, { a: [2] });
    expect(await readFile(path, "utf8")).toBe('{\n  "a": [\n    2\n  ]\n}\n');
    expect(await readdir(join(folder, "deep", "er"))).toEqual(["x.json"]);
  });

  test("until close nothing stands under the name, after it a valid gzip file", async () => {
    const path = join(folder, "late.jsonl.gz");
    const writer = await createRowWriter(path);
    await writer.write({ a: 1 });
    await expect(stat(path)).rejects.toThrow("ENOENT");
    await writer.close();
    expect(gunzipSync(await readFile(path)).toString()).toBe('{"a":1}\n');
  });

  test("a folder or a device is not replaced", async () => {
    await mkdir(join(folder, "taken"));
    await expect(writeFileAtomic(join(folder, "taken"), "x")).rejects.toThrow(/not a regular file.*a folder/);
    await expect(writeFileAtomic("/dev/null", "x")).rejects.toThrow(/not a regular file/);
  });

  test("a path through a file", async () => {
    await writeFile(join(folder, "plain"), "");
    await expect(writeFileAtomic(join(folder, "plain", "x"), "x")).rejects.toThrow(InputError);
  });

  test.skipIf(process.getuid?.() === 0)("a folder that may not be written", async () => {
    const place = join(folder, "closed");
    await mkdir(place);
    await chmod(place, 0o555);
    await expect(writeFileAtomic(join(place, "x"), "x")).rejects.toThrow("permission denied");
  });
});

/** A file system of 64 KiB, or undefined where this process may not mount one. */
const tiny = mountTiny();

describe.skipIf(tiny === undefined)("a disk that fills up", () => {
  afterAll(() => {
    system("umount", tiny!);
    rmSync(tiny!, { recursive: true });
  });

  test("writeFileAtomic: the old file stays, no half-written one", async () => {
    const path = join(tiny!, "x.bin");
    await writeFileAtomic(path, "old");
    const error = await writeFileAtomic(path, Buffer.alloc(200_000, 1)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).fault).toMatchObject({ file: path });
    expect((error as InputError).message).toContain("the disk is full");
    expect(await readdir(tiny!)).toEqual(["x.bin"]);
    expect(await readFile(path, "utf8")).toBe("old");
    await rm(path);
  });

  test.each(endings)("rows to .%s", async (ending) => {
    // random text, so that compression does not make it fit
    const random = Array.from({ length: 3000 }, (_, i) => ({
      a: Array.from({ length: 8 }, (_, k) => Math.sin(i * 8 + k)).join(" "),
    }));
    await expect(writeRows(join(tiny!, `x.${ending}`), random)).rejects.toThrow(/x\.\S+: .*the disk is full/);
    expect(await readdir(tiny!)).toEqual([]);
  });
});

function mountTiny(): string | undefined {
  const place = mkdtempSync(join(tmpdir(), "allgood-full-"));
  try {
    system("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place);
    return place;
  } catch {
    rmSync(place, { recursive: true });
    console.warn(
      "SKIPPED: the full-disk tests need the right to mount a tmpfs, which this process does not have",
    );
    return undefined;
  }
}

function system(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: "ignore" });
}

import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readMetrics } from "./metrics-file.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-metrics-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("rows come once each, whole, as the file grows; and from the start where it has shrunk", async () => {
  const file = join(folder, "metrics.jsonl");
  expect(await readMetrics(file)).toEqual({ rows: [], next: 0, restarted: false });
  await writeFile(file, '{"step":1,"loss":2}\n{"step":2,"lo');
  const first = await readMetrics(file);
  expect(first).toEqual({ rows: [{ step: 1, loss: 2 }], next: 20, restarted: false });
  await appendFile(file, 'ss":1.5,"note":"é"}\n');
  const second = await readMetrics(file, first.next);
  expect(second.rows).toEqual([{ step: 2, loss: 1.5 }]);
  expect(await readMetrics(file, second.next)).toEqual({ rows: [], next: second.next, restarted: false });
  await writeFile(file, '{"step":1,"loss":3}\nnot json\n');
  const third = await readMetrics(file, second.next);
  expect(third).toMatchObject({ rows: [{ step: 1, loss: 3 }], restarted: true });
});

test("a folder in its place is said", async () => {
  await expect(readMetrics(folder)).rejects.toThrow();
});

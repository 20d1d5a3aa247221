import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openMetricsLog } from "./metrics-log.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-metrics-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("a run that goes on drops what a killed one wrote after its checkpoint", async () => {
  const first = await openMetricsLog(folder, 0);
  for (const step of [1, 2, 3]) await first.write(step, { loss: 4 - step });
  await first.close();
  await appendFile(join(folder, "metrics.jsonl"), '{"step":4,"lo');
  const second = await openMetricsLog(folder, 2);
  await second.write(3, { loss: 0.5 });
  await second.close();
  const lines = (await readFile(join(folder, "metrics.jsonl"), "utf8")).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { step: 1, loss: 3 },
    { step: 2, loss: 2 },
    { step: 3, loss: 0.5 },
  ]);
});

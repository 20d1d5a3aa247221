import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { captureOutput } from "../captured-output.fixture.ts";
import { run } from "../run.ts";

const MAIN = resolve(import.meta.dirname, "../main.ts");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-view-"));
});
afterAll(() => rm(folder, { recursive: true }));
const printed = captureOutput();

test("prints its address as one document, serves the page, and ends with Ctrl-C though a page still listens", async () => {
  const args = ["--import", "tsx", MAIN, "view", folder, "--port", "0", "--no-open", "--json"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = await once(child.stdout, "data");
  const { url } = JSON.parse(String(said)) as { url: string };
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
  expect(await (await fetch(`${url}/`)).text()).toContain("<title>Allgood studio</title>");
  const live = await fetch(`${url}/api/metrics/live?run=.&from=0`);
  expect(live.headers.get("content-type")).toMatch(/text\/event-stream/);
  const ended = once(child, "close");
  child.kill("SIGINT");
  expect(await ended).toEqual([0, null]);
  await live.body?.cancel().catch(() => {});
});

test("what can't be shown is said", async () => {
  expect(await run(["view", join(folder, "nowhere")])).toBe(1);
  expect(printed.stderr).toMatch(/nowhere: can't read it: no such file/);
  expect(await run(["view", MAIN])).toBe(1);
  expect(printed.stderr).toMatch(/main\.ts: this is a file \(expected a folder with runs in it\)/);
  expect(await run(["view", folder, "--port", "x"])).toBe(2);
  expect(printed.stderr).toMatch(/--port/);
});

test("a port that is taken is said", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const address = taken.address();
  const port = typeof address === "object" ? address?.port : undefined;
  expect(await run(["view", folder, "--port", String(port)])).toBe(1);
  expect(printed.stderr).toMatch(/is in use by another program/);
  taken.close();
});

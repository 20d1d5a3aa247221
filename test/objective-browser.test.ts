/** The objective in a browser gives the same numbers, bit for bit, as in Node. */
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileGoal, OBJECTIVE_FORMAT, sealObjective } from "../src/objective/index.ts";
import { hasBrowser, openBrowser } from "./support/browser.ts";

const DIST = join(import.meta.dirname, "../dist");
const SENTENCE = "a^2 and (b or not c) and at least 2 of (b, c, d)";
const Z = { a: 0.3, b: -2.1, c: 1.7, d: 40 };
const FILE = {
  format: OBJECTIVE_FORMAT,
  goal: "a",
  values: {
    a: {
      model: { kind: "column", name: "a" },
      temperature: 1.25,
      reference: { kind: "mean", global: 0.1, otherwise: "global" },
    },
  },
} as const;

describe.skipIf(!hasBrowser)("allgood/objective in a browser", () => {
  let browser: Browser;
  let server: Server;
  beforeAll(async () => {
    browser = await openBrowser();
    server = createServer(async (request, response) => {
      const path = new URL(request.url!, "http://localhost").pathname;
      if (path === "/") return response.setHeader("content-type", "text/html").end("<!doctype html>");
      const script = await readFile(join(DIST, normalize(path))).catch(() => undefined);
      if (script === undefined) return response.writeHead(404).end();
      return response.setHeader("content-type", "text/javascript").end(script);
    }).listen(0, "127.0.0.1");
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  test("the built module loads with nothing of Node's, and agrees on u, the gradient and the file's hash", async () => {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const script = `import("/objective/index.js").then(async ({ compileGoal, sealObjective }) => ({
      explanation: compileGoal(${JSON.stringify(SENTENCE)}).explain(${JSON.stringify(Z)}),
      hash: (await sealObjective(${JSON.stringify(FILE)})).hash,
    }))`;
    const found = (await page.evaluate(script)) as { explanation: unknown; hash: string };
    expect(found.explanation).toEqual(compileGoal(SENTENCE).explain(Z));
    expect(found.hash).toBe((await sealObjective(structuredClone(FILE) as never)).hash);
  });
});

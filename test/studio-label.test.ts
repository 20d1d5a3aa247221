/** The labelling page in a browser: answers by keyboard, a server that is killed, undo, hostile texts, accessibility. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readPairs } from "../src/preferences/index.ts";
import type { Results } from "../src/serve/studio/label-types.ts";
import { hasBrowser, openBrowser } from "./support/browser.ts";
import { workFolder } from "./support/cli.ts";
import { ask, beginLabelling, jsonl, type LogLine, logOf, sendActs, worldRows } from "./support/labels.ts";
import { openStudio, studioPage } from "./support/studio.ts";

const at = workFolder();

/** A studio in a process of its own, so that it can be killed. */
async function spawnStudio(folder: string, port: number): Promise<ChildProcess> {
  const source = pathToFileURL(resolve(import.meta.dirname, "../src/serve/studio/index.ts"));
  const script = `import { startStudio } from ${JSON.stringify(source)};
    await startStudio(${JSON.stringify({ folder, assets: await studioPage() })}, ${port});
    console.log("listening");`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout!, "data");
  return child;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function folderOf(name: string, rows: readonly object[]): Promise<string> {
  await mkdir(at(name));
  await writeFile(at(name, "candidates.jsonl"), jsonl(rows));
  return at(name);
}

/** What a person sees of the question at hand. */
async function seen(page: Page) {
  await page.locator(".label-side").nth(1).waitFor();
  return {
    prompt: await page.locator(".label-prompt").textContent(),
    sides: (await page.locator(".label-side .text").allTextContents()).map((text) => text.trim()),
    answered: await page.locator(".label-progress span").textContent(),
  };
}

async function press(page: Page, key: string, answered: string): Promise<void> {
  await page.keyboard.press(key);
  await page.locator(".label-progress span", { hasText: answered }).waitFor();
}

async function start(page: Page, url: string, id: string, rater: string): Promise<void> {
  await page.goto(`${url}/#/label/${encodeURIComponent(id)}`);
  await page.getByLabel("Your name").fill(rater);
  await page.getByRole("button", { name: "Start" }).click();
  await page.locator(".label-side").first().waitFor();
}

const saved = (page: Page) => page.locator(".label-save[data-state=saved]").waitFor();

describe.skipIf(!hasBrowser)("the labelling page", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
    await studioPage();
  });
  afterAll(() => browser?.close());

  test("20 pairs by keyboard, the server killed half-way: none lost, none doubled", async () => {
    const folder = await folderOf("killed", worldRows(1, { prompts: 60, k: 4 }));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    let server = await spawnStudio(folder, port);
    const page = await browser.newPage();
    try {
      const id = await beginLabelling(url, { questions: 20 });
      await start(page, url, id, "ann");
      const keys = ["1", "ArrowRight", "2", "0", "ArrowLeft", "s", "="];
      const given: { key: string; sides: string[] }[] = [];
      const answer = async () => {
        const { sides } = await seen(page);
        const key = keys[given.length % keys.length]!;
        given.push({ key, sides });
        await press(page, key, `${given.length} of 20`);
      };
      for (let i = 0; i < 10; i++) await answer();

      server.kill("SIGKILL");
      await once(server, "exit");
      for (let i = 0; i < 4; i++) await answer();
      await page.locator(".label-save[data-state=waiting]", { hasText: "not saved" }).waitFor();

      server = await spawnStudio(folder, port);
      await page.reload();
      await saved(page);
      expect((await seen(page)).answered).toBe("14 of 20");
      while (given.length < 20) await answer();
      await page.getByText("20 questions, all answered").waitFor();
      await saved(page);

      const log = await logOf(join(folder, id));
      expect(log).toHaveLength(20);
      expect(new Set(log.map(({ question }) => question)).size).toBe(20);
      const kinds = (judgements: string[]) =>
        log.filter(({ judgement }) => judgements.includes(judgement)).length;
      const pressed = (of: string[]) => given.filter(({ key }) => of.includes(key)).length;
      expect(kinds(["tie"])).toBe(pressed(["0", "="]));
      expect(kinds(["skip"])).toBe(pressed(["s"]));
      // what was chosen on the screen is what the export has as chosen
      const trl = await (await fetch(`${url}/api/label/export?id=${id}&form=trl`)).text();
      const pairs = trl
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<"chosen" | "rejected", { content: string }[]>);
      const left = ["1", "ArrowLeft"];
      const wanted = given
        .filter(({ key }) => left.includes(key) || ["2", "ArrowRight"].includes(key))
        .map(({ key, sides: [first, second] }) => (left.includes(key) ? [first, second] : [second, first]));
      const found = pairs.map(({ chosen, rejected }) => [
        chosen[0]!.content.trim(),
        rejected[0]!.content.trim(),
      ]);
      expect(found.sort()).toEqual(wanted.sort());
      // and so does what the commands read
      expect((await readPairs([join(folder, id, "preferences.jsonl")])).pairs).toHaveLength(wanted.length);
    } finally {
      server.kill("SIGKILL");
      await page.close();
    }
  });

  test("undo takes back the last answer, before and after a reload, and leaves its trace in the log", async () => {
    const folder = await folderOf("undo", worldRows(1, { prompts: 30, k: 4 }));
    const studio = await openStudio(folder);
    const page = await browser.newPage();
    try {
      await page.goto(`${studio.url}/#/label`);
      await page.getByLabel("Value, one at a time").fill("concise");
      await page.getByLabel("Questions", { exact: true }).fill("5");
      await page.getByRole("button", { name: "Begin", exact: true }).click();
      const id = "labels/concise";
      await start(page, studio.url, id, "ann");
      await page.getByText("The more concise response says what is needed in fewer words.").waitFor();
      await press(page, "u", "0 of 5");
      const first = await seen(page);
      await press(page, "1", "1 of 5");
      const second = await seen(page);
      expect(second.prompt).not.toBe(first.prompt);
      await press(page, "2", "2 of 5");
      await saved(page);
      await page.reload();
      await seen(page);
      await press(page, "Backspace", "1 of 5");
      expect(await seen(page)).toEqual(second);
      await press(page, "u", "0 of 5");
      expect(await seen(page)).toEqual(first);
      await press(page, "2", "1 of 5");
      await saved(page);
      const log = await logOf(join(folder, id));
      expect(log.map(({ judgement }) => judgement === "undo")).toEqual([false, false, true, true, false]);
      const results = await ask<Results>(studio.url, `label/results?id=${id}`);
      expect(results.raters).toMatchObject([{ rater: "ann", left: 0, right: 1, undone: 2 }]);
    } finally {
      await page.close();
      await studio.drain(0);
    }
  });

  test("keys that are held down, or typed into a field, answer nothing; a click does", async () => {
    const folder = await folderOf("fields", worldRows(1, { prompts: 30, k: 4 }));
    const studio = await openStudio(folder);
    const page = await browser.newPage();
    try {
      const id = await beginLabelling(studio.url, { questions: 5 });
      await start(page, studio.url, id, "ann");
      await page.getByRole("button", { name: "edit" }).click();
      await page.getByLabel("What the value means, for all raters").fill("1 2 0 s u");
      await page.keyboard.type("120su");
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await page.getByText("1 2 0 s u120su").waitFor();
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
      await page.keyboard.press("1");
      await page.keyboard.press("Escape");
      expect((await seen(page)).answered).toBe("0 of 5");
      await page.keyboard.down("1");
      await page.keyboard.down("1");
      await page.keyboard.down("1");
      await page.keyboard.up("1");
      expect((await seen(page)).answered).toBe("1 of 5");
      await page.getByRole("button", { name: "Tie" }).click();
      await page.locator(".label-progress span", { hasText: "2 of 5" }).waitFor();
      await saved(page);
      const log: LogLine[] = await logOf(join(folder, id));
      expect(log.filter((line) => "judgement" in line)).toHaveLength(2);
    } finally {
      await page.close();
      await studio.drain(0);
    }
  });

  test("hostile texts stay text, and nothing says where a response is from", async () => {
    const evil =
      '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>\u202eabc\u001b[31m';
    const rows = Array.from({ length: 20 }, (_, i) => ({
      prompt: `${evil} question ${i}`,
      candidates: [
        { id: "secret-policy-a", response: `${evil} one ${i}`, rewards: { secret_reward: 1 } },
        { id: "secret-policy-b", response: `${evil} two ${"x".repeat(i === 0 ? 1_000_000 : 1)}` },
      ],
    }));
    const folder = await folderOf("hostile", rows);
    const studio = await openStudio(folder);
    const page = await browser.newPage();
    const bodies: string[] = [];
    page.on("response", async (response) => {
      if (response.url().includes("/api/")) bodies.push(await response.text().catch(() => ""));
    });
    try {
      const id = await beginLabelling(studio.url, { questions: 15, meaning: evil });
      await start(page, studio.url, id, evil.slice(0, 40));
      for (let i = 1; i <= 3; i++) await press(page, "1", `${i} of 15`);
      const { sides, prompt } = await seen(page);
      expect(prompt).toContain("<img src=x");
      expect(sides.join()).not.toMatch(/[\u202e\u001b]/);
      await page.goto(`${studio.url}/#/label/${encodeURIComponent(id)}/results`);
      await page.getByRole("heading", { name: "Agreement" }).waitFor();
      expect(await page.title()).not.toBe("owned");
      expect(await page.locator("main img, main script").count()).toBe(0);
      expect(bodies.length).toBeGreaterThan(5);
      expect(bodies.join()).not.toContain("secret");
    } finally {
      await page.close();
      await studio.drain(0);
    }
  });

  test("axe finds nothing, and nothing is wider than a phone, in light and dark", async () => {
    const folder = await folderOf("axe", worldRows(1, { prompts: 30, k: 4 }));
    const studio = await openStudio(folder);
    const axe = await readFile(resolve(import.meta.dirname, "../node_modules/axe-core/axe.min.js"), "utf8");
    try {
      const id = await beginLabelling(studio.url, { questions: 5, shared: 1 });
      for (const rater of ["bob", "cy"]) {
        const acts = ["1.1", "1.2", "1.3"].map((question) => ({ question, turn: 0, reply: "left" }));
        await sendActs(studio.url, { id, rater, acts });
      }
      for (const colorScheme of ["light", "dark"] as const) {
        const context = await browser.newContext({
          ...{ colorScheme, viewport: { width: 360, height: 740 }, reducedMotion: "reduce", bypassCSP: true },
        });
        const page = await context.newPage();
        const check = async () => {
          await page.evaluate(axe);
          const violations = await page.evaluate(
            "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))",
          );
          expect(violations).toEqual([]);
          expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
        };
        await page.goto(`${studio.url}/#/label`);
        await page.getByRole("button", { name: "Begin", exact: true }).waitFor();
        await check();
        await start(page, studio.url, id, `ann, ${colorScheme}`);
        await check();
        await press(page, "1", "1 of 5");
        await page.getByRole("button", { name: "Help" }).click();
        await check();
        await page.goto(`${studio.url}/#/label/${encodeURIComponent(id)}/results`);
        await page.getByRole("heading", { name: "Agreement" }).waitFor();
        await check();
        await context.close();
      }
    } finally {
      await studio.drain(0);
    }
  });
});

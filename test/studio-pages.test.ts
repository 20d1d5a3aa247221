/** Every page of runs: readable for everybody, at every width, in both schemes; and curves that grow while a run goes on. */
import { appendFile, cp, readFile, writeFile } from "node:fs/promises";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Listening } from "../src/serve/listen.ts";
import { startStudio } from "../src/serve/studio/index.ts";
import { hasBrowser, openBrowser } from "./support/browser.ts";
import { workFolder } from "./support/cli.ts";
import { openStudio, studioPage } from "./support/studio.ts";
import { axeComplaints, overflow, watch } from "./support/studio-page.ts";
import { makeDemo, makeFrontierFiles, makeTrainingRuns } from "./support/studio-runs.ts";

const at = workFolder();

/** Each page, what is there once it is drawn, and what to open on it. */
const PAGES: { name: string; hash: string; ready: string; press?: string[] }[] = [
  {
    name: "runs side by side",
    hash: "#/?with=demo&with=ppo&with=ppo-again",
    ready: ".comparison .picture svg",
  },
  {
    name: "a best-of-k run",
    hash: "#/run/demo",
    ready: ".picture svg",
    press: [".table-item:nth-child(2) button.expand", "summary"],
  },
  { name: "a frontier", hash: "#/run/frontier", ready: ".picture svg", press: ["summary"] },
  { name: "an RL run", hash: "#/run/ppo", ready: ".picture svg" },
  { name: "a language model's run", hash: "#/run/lm", ready: ".picture svg" },
  {
    name: "a reward model",
    hash: "#/run/demo%2Fmodels%2Fhelpful",
    ready: ".picture svg",
    press: ["summary"],
  },
  { name: "an objective", hash: "#/run/demo%2Fobjective.json", ready: ".facts" },
  { name: "a run that is not there", hash: "#/run/nowhere", ready: "[role=alert]" },
  { name: "no page", hash: "#/nowhere", ready: "[role=alert]" },
];

describe.skipIf(!hasBrowser)("the studio's pages", () => {
  let browser: Browser;
  let studio: Listening;

  beforeAll(async () => {
    await makeDemo(at());
    await makeTrainingRuns(at());
    await makeFrontierFiles(at());
    await cp(at("ppo"), at("ppo-again"), { recursive: true });
    studio = await openStudio(at());
    browser = await openBrowser();
  }, 180_000);
  afterAll(async () => {
    await browser.close();
    await studio.drain(0);
  });

  async function open(hash: string, ready: string, options: BrowserContextOptions): Promise<Page> {
    const page = await (await browser.newContext(options)).newPage();
    await page.goto(`${studio.url}/${hash}`);
    await page.waitForSelector(ready);
    return page;
  }

  describe.each(PAGES)("$name", ({ hash, ready, press = [] }) => {
    test.each([
      ["light", 1280],
      ["dark", 1280],
      ["light", 360],
    ] as const)("in %s at %i px: axe finds nothing, nothing sticks out", async (colorScheme, width) => {
      const page = await open(hash, ready, { colorScheme, viewport: { width, height: 800 } });
      for (const selector of press) await page.locator(selector).first().click();
      if (press.length > 0) await page.waitForTimeout(300);
      expect(await axeComplaints(page)).toEqual([]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      await page.context().close();
    });
  });

  test("nothing is asked of the network, and nothing breaks the content security policy", async () => {
    const page = await (await browser.newContext()).newPage();
    const complaints = watch(page, studio.url);
    for (const { hash, ready } of PAGES.slice(0, 7)) {
      await page.goto("about:blank");
      await page.goto(`${studio.url}/${hash}`);
      await page.waitForSelector(ready);
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("the reader's choice of colours outlives a reload, and beats the system's", async () => {
    const page = await open("#/", "table.runs", { colorScheme: "light" });
    const background = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
    expect(await background()).toBe("rgb(255, 255, 255)");
    await page.getByLabel("Colours").selectOption("dark");
    expect(await background()).toBe("rgb(20, 24, 29)");
    await page.reload();
    await page.waitForSelector("table.runs");
    expect(await background()).toBe("rgb(20, 24, 29)");
    // paper stays white: pale letters could not be read on it
    await page.emulateMedia({ media: "print" });
    expect(await background()).toBe("rgb(255, 255, 255)");
    await page.context().close();
  });

  test("a frontier's point says its method, KL and interval under the pointer; methods come and go", async () => {
    const page = await open("#/run/frontier", ".picture svg", { viewport: { width: 1280, height: 900 } });
    const curves = () => page.locator(".key li").count();
    const before = await curves();
    await page.locator(".methods").getByText("none").click();
    await expect.poll(curves).toBe(0);
    await page.locator(".methods").getByText("LSC AND", { exact: true }).click();
    await expect.poll(curves).toBe(1);
    const dot = page.locator(".picture svg [r]").last();
    await expect.poll(() => page.locator(".picture svg [r]").count()).toBeGreaterThan(0);
    await dot.hover({ force: true });
    await expect.poll(() => page.locator(".picture svg").textContent()).toMatch(/LSC AND.*KL \d.*\[\d/s);
    await page.locator(".methods").getByText("all", { exact: true }).click();
    await expect.poll(curves).toBeGreaterThanOrEqual(before);
    await page.context().close();
  });

  test("a training run says what it changed; its curves have whole steps, dashes of their own, and numbers", async () => {
    const page = await open("#/run/ppo", ".picture svg", { viewport: { width: 1280, height: 900 } });
    const { result } = JSON.parse(await readFile(at("ppo", "run.json"), "utf8"));
    const [before, after] = [result.first.utility, result.last.utility].map((u: number) =>
      u.toFixed(3).replace("-", "−"),
    );
    expect(await page.getByLabel("What training changed").textContent()).toContain(`${before}${after}`);
    const kl = page.locator("figure", { has: page.locator("h3:text-is('KL to the reference')") });
    const steps = await kl.locator("[aria-hidden] text, svg text").allTextContents();
    for (const step of ["1", "2", "3", "4"]) expect(steps.filter((each) => each === step).length).toBe(1);
    const dashes = await kl
      .locator(".key line")
      .evaluateAll((lines) => lines.map((line) => line.getAttribute("stroke-dasharray")));
    expect(new Set(dashes).size).toBe(4);
    await kl.locator("summary").click();
    await expect.poll(() => kl.locator("tbody tr").count()).toBe(4);
    await page.context().close();
  });

  test("filters and ticks are in the address, and the way back from a run leads to them", async () => {
    const page = await open("#/?kind=reward&with=ppo", "table.runs", {});
    const rows = () => page.locator("table.runs tbody tr").count();
    expect(await rows()).toBe(6);
    await page.getByLabel("Search").fill("HELPFUL");
    await expect.poll(rows).toBe(1);
    await expect.poll(() => page.url()).toMatch(/kind=reward&with=ppo&find=HELPFUL/);
    await page.getByRole("link", { name: "demo/models/helpful" }).click();
    await page.getByText("← All runs").click();
    await page.waitForSelector("table.runs");
    expect(await rows()).toBe(1);
    expect(await page.locator(".comparison").count()).toBe(1);
    await page.context().close();
  });

  test("with the keyboard alone: to a run, into its goal, and to the first prompt's candidates", async () => {
    const page = await open("#/", "table.runs", {});
    const focused = () => page.evaluate("document.activeElement?.textContent?.trim() ?? ''");
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    for (let i = 0; i < 20 && (await focused()) !== "demo"; i++) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#goal");
    for (let i = 0; i < 20 && (await page.evaluate("document.activeElement?.id")) !== "goal"; i++)
      await page.keyboard.press("Tab");
    await page.keyboard.press("End");
    await page.keyboard.type(" and helpful^3");
    await expect.poll(() => page.locator("[data-figure=changed]").textContent()).not.toBe("0");
    for (let i = 0; i < 60 && !/^▸/.test(String(await focused())); i++) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".is-chosen");
    await page.context().close();
  });

  test("without its server a page says so, and is there again once the server is", async () => {
    let own = await openStudio(at());
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${own.url}/#/`);
    await page.waitForSelector("table.runs");
    await own.drain(0);
    await page.getByRole("link", { name: "Audit" }).click();
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(/does not answer.*Is "allgood view" still running\?/);
    own = await startStudio({ folder: at(), assets: await studioPage() }, own.port);
    await alert.getByRole("button", { name: "Try again" }).click();
    await page.getByText("Drop a file of scores here").waitFor();
    await page.context().close();
    await own.drain(0);
  });

  test("curves grow while a run goes on, over a restart of the server too, and end with the result", async () => {
    await cp(at("ppo"), at("going"), { recursive: true });
    const lines = (await readFile(at("ppo", "metrics.jsonl"), "utf8")).trim().split("\n");
    const record = JSON.parse(await readFile(at("ppo", "run.json"), "utf8"));
    const { result, ...begun } = record;
    await writeFile(at("going", "run.json"), JSON.stringify(begun));
    await writeFile(at("going", "metrics.jsonl"), `${lines[0]}\n`);
    let own = await openStudio(at());
    const page = await (await browser.newContext()).newPage();
    const complaints = watch(page, own.url);
    await page.goto(`${own.url}/#/run/going`);
    const rows = () => page.locator("[data-rows]").getAttribute("data-rows");
    const state = () => page.locator(".live").textContent();
    await expect.poll(rows).toBe("1");
    expect(await state()).toMatch(/as it goes on/);
    // a line that is half written waits for its end
    await appendFile(at("going", "metrics.jsonl"), `${lines[1]}\n${lines[2]!.slice(0, 20)}`);
    await expect.poll(rows, { timeout: 10_000 }).toBe("2");
    await appendFile(at("going", "metrics.jsonl"), `${lines[2]!.slice(20)}\n`);
    await expect.poll(rows, { timeout: 10_000 }).toBe("3");
    await own.drain(0);
    await expect.poll(state, { timeout: 10_000 }).toMatch(/trying again/);
    await appendFile(at("going", "metrics.jsonl"), `${lines[3]}\n`);
    own = await startStudio({ folder: at(), assets: await studioPage() }, own.port);
    await expect.poll(rows, { timeout: 20_000 }).toBe("4");
    await writeFile(at("going", "run.json"), JSON.stringify(record));
    await expect.poll(state, { timeout: 10_000 }).toMatch(/is done/);
    // it goes on from a checkpoint: the file is shorter than what was read
    await writeFile(at("going", "metrics.jsonl"), `${lines[0]}\n`);
    await expect.poll(rows, { timeout: 10_000 }).toBe("1");
    expect(result).toBeDefined();
    expect(complaints).toEqual([]);
    await page.context().close();
    await own.drain(0);
  });
});

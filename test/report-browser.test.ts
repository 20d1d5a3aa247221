import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditReport, bestOfKReport, frontierReport, rewardReport } from "../src/report/index.ts";
import { hasBrowser, openBrowser } from "./support/browser.ts";
import { frontierSample } from "./support/frontier-sample.ts";
import { auditSample, bestOfKSample, rewardSample } from "./support/report-samples.ts";

const values = ["helpful", "harmless", "factual", "creative"];
const evil = (plain: string) =>
  `<img src="https://example.org/x.png" onerror="document.title='owned'"> ${plain}`;
const pages = {
  "best-of-k": () => bestOfKReport(bestOfKSample({ values, prompts: 80, resamples: 100 })),
  hostile: () => bestOfKReport(bestOfKSample({ prompts: 20, resamples: 50, text: evil })),
  rewards: () => rewardReport(rewardSample({ values })),
  audit: () => auditReport(auditSample({ values })),
  frontier: () => frontierReport(frontierSample()),
};

/** What the page says about itself; runs in the browser. */
const measure = `(() => {
  const shown = (element) => element.getClientRects().length > 0;
  const box = (element) => element.getBoundingClientRect();
  const clipped = [...document.querySelectorAll(".chart svg")].filter(shown).flatMap((svg) => {
    const frame = box(svg);
    return [...svg.querySelectorAll("text")]
      .filter((text) => box(text).left < frame.left - 6 || box(text).right > frame.right + 6)
      .map((text) => text.textContent);
  });
  const sizes = [...document.querySelectorAll(".chart svg text")].filter(shown).map((text) => {
    const svg = text.ownerSVGElement;
    return parseFloat(getComputedStyle(text).fontSize) * (box(svg).width / svg.viewBox.baseVal.width);
  });
  return {
    scroll: document.documentElement.scrollWidth,
    width: innerWidth,
    title: document.title,
    background: getComputedStyle(document.body).backgroundColor,
    pictures: [...document.querySelectorAll(".chart svg")].filter(shown).length,
    figures: document.querySelectorAll("figure").length,
    smallest: Math.min(...sizes),
    clipped,
  };
})()`;

type Measured = {
  scroll: number;
  width: number;
  title: string;
  background: string;
  pictures: number;
  figures: number;
  smallest: number;
  clipped: string[];
};

describe.skipIf(!hasBrowser)("reports in a browser", () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "allgood-report-"));
    browser = await openBrowser();
    for (const [name, make] of Object.entries(pages)) await writeFile(join(folder, `${name}.html`), make());
  });
  afterAll(async () => {
    await browser?.close();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  async function open(name: string, options: BrowserContextOptions, media: "screen" | "print" = "screen") {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    const url = pathToFileURL(join(folder, `${name}.html`)).href;
    await page.emulateMedia({ media });
    await page.goto(url, { waitUntil: "load" });
    const found = (await page.evaluate(measure)) as Measured;
    await context.close();
    return {
      found,
      complaints,
      outside: requests.filter((each) => each !== url && !each.startsWith("data:")),
    };
  }

  describe.each(Object.keys(pages))("%s", (name) => {
    test.each([360, 1200])(
      "at %i px: nothing is requested, nothing overflows, nothing is cut off",
      async (width) => {
        const { found, outside, complaints } = await open(name, { viewport: { width, height: 800 } });
        expect(outside).toEqual([]);
        expect(complaints).toEqual([]);
        expect(found.scroll).toBeLessThanOrEqual(found.width);
        expect(found.pictures).toBe(found.figures);
        expect(found.smallest).toBeGreaterThanOrEqual(9.5);
        expect(found.clipped).toEqual([]);
        expect(found.title).not.toBe("owned");
      },
    );
    test("is dark where the reader wants it, and light on paper all the same", async () => {
      const dark = { colorScheme: "dark" as const, viewport: { width: 800, height: 800 } };
      expect((await open(name, dark)).found.background).toBe("rgb(20, 24, 29)");
      expect((await open(name, dark, "print")).found.background).toBe("rgb(255, 255, 255)");
    });
  });
});

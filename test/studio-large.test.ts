/** A run of 100,000 prompts stays smooth, and hostile text stays text. */
import { createWriteStream } from "node:fs";
import { cp, readFile, writeFile } from "node:fs/promises";
import { finished } from "node:stream/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Listening } from "../src/serve/listen.ts";
import { createRandom } from "../src/stats/random.ts";
import { hasBrowser, openBrowser } from "./support/browser.ts";
import { workFolder } from "./support/cli.ts";
import { openStudio } from "./support/studio.ts";
import { axeComplaints, overflow, watch } from "./support/studio-page.ts";
import { command } from "./support/studio-runs.ts";

const at = workFolder();
const PROMPTS = 100_000;

const HOSTILE = [
  `<script>document.title = "owned"</script><img src=x onerror="document.title='owned'">`,
  `\u001b[31mred\u001b[0m \u001b]8;;https://example.org\u0007link\u001b]8;;\u0007`,
  `a\u202egnp.exe\u202c and\u200b\u2066more\u2069`,
  "x".repeat(1_000_000),
];

/** A real run over columns of given scores, whose references are fixed: any prompt has one. */
async function makeRun(name: string, rows: readonly object[]): Promise<void> {
  await writeFile(at(`${name}.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  await command(
    ...["calibrate", "--columns", "kind,safe", "--data", at(`${name}.jsonl`), "--goal", "kind and safe"],
    ...["--reference", "fixed", "--fixed", "0", "--otherwise", "global", "--out", at(`${name}.json`)],
  );
  await command(
    ...["align", "best-of-k", "--objective", at(`${name}.json`), "--candidates", at(`${name}.jsonl`)],
    ...["--out", at(name)],
  );
}

/** The same run with many more prompts: rows as the command writes them. */
async function grow(from: string, to: string): Promise<void> {
  await cp(at(from), at(to), { recursive: true });
  const random = createRandom(1);
  const out = createWriteStream(at(to, "scores.jsonl"));
  for (let i = 0; i < PROMPTS; i++) {
    const scores = [0, 1, 2].map(() => [random.normal(), random.normal()] as const);
    const u = scores.map(([kind, safe]) => -Math.log1p(Math.exp(-kind)) - Math.log1p(Math.exp(-safe)));
    const best = u.indexOf(Math.max(...u));
    const lines = scores.map(([kind, safe], c) =>
      JSON.stringify({
        prompt: `question ${i}`,
        promptHash: i.toString(16).padStart(16, "0"),
        ...{ id: `${c}`, response: `answer ${c} of ${i}`, kind, safe, u: u[c], chosen: c === best },
      }),
    );
    if (!out.write(`${lines.join("\n")}\n`))
      await new Promise((resolve) => out.once("drain", () => resolve(undefined)));
  }
  out.end();
  await finished(out);
}

describe.skipIf(!hasBrowser)("what is large, and what is hostile", () => {
  let browser: Browser;
  let studio: Listening;
  beforeAll(async () => {
    const plain = [1, 2, 3].flatMap((q) =>
      [1, 2, 3].map((c) => ({ prompt: `q${q}`, response: `a${c}`, kind: c - q, safe: q - c / 2 })),
    );
    const hostile = HOSTILE.map((text, c) => ({
      prompt: `${HOSTILE[0]} ${HOSTILE[2]}`,
      response: text,
      kind: c,
      safe: -c / 4,
    }));
    await makeRun("small", plain);
    await makeRun("hostile", hostile);
    await grow("small", "large");
    studio = await openStudio(at());
    browser = await openBrowser();
  }, 180_000);
  afterAll(async () => {
    await browser.close();
    await studio.drain(0);
  });

  const open = async (name: string): Promise<{ page: Page; complaints: string[] }> => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const complaints = watch(page, studio.url);
    await page.goto(`${studio.url}/#/run/${name}`);
    await page.waitForSelector("[data-figure=changed]", { timeout: 60_000 });
    return { page, complaints };
  };

  test("100,000 prompts: every frame of a long scroll is full of rows, and few rows are on the page", async () => {
    const { page, complaints } = await open("large");
    expect(await page.locator("[role=table]").getAttribute("aria-rowcount")).toBe(String(PROMPTS + 1));
    await page.locator(".prompt-table").scrollIntoViewIfNeeded();
    const { frames, full, most, last } = (await page.evaluate(SCROLL)) as Record<string, number>;
    expect(frames).toBeGreaterThanOrEqual(120);
    expect(full).toBe(frames);
    expect(most).toBeLessThan(80);
    expect(last).toBe(PROMPTS - 1);
    await page.locator("#goal").fill("kind and safe^3");
    await expect
      .poll(() => page.locator("[data-figure=changed]").textContent(), { timeout: 20_000 })
      .not.toBe("0");
    await page.getByLabel("Search").fill("answer 2 of 99999");
    await expect
      .poll(() => page.locator(".filters [role=status]").textContent(), { timeout: 20_000 })
      .toBe("1 prompt");
    expect(complaints).toEqual([]);
    await page.close();
  }, 120_000);

  test("hostile text stays text: tags, terminal codes, marks that turn the line round, a line of 1 MB", async () => {
    const { page, complaints } = await open("hostile");
    await page.locator("button.expand").click();
    await page.waitForSelector(".candidate");
    const text = (await page.locator(".detail").textContent()) ?? "";
    expect(text).toContain(HOSTILE[0]);
    expect(text).toContain("␛[31mred␛[0m");
    expect(text).toContain("a⟨U+202E⟩gnp.exe⟨U+202C⟩ and⟨U+200B⟩⟨U+2066⟩more⟨U+2069⟩");
    expect(text).not.toMatch(/[\u001b\u202a-\u202e\u2066-\u2069\u200b]/);
    expect(text.length).toBeLessThan(20_000);
    expect(await page.title()).toBe("hostile – Allgood studio");
    expect(await page.locator("main img, main script").count()).toBe(0);
    const long = page.locator(`[data-candidate="3"]`);
    await long.getByRole("button", { name: /Show all \(999,300 more characters\)/ }).click();
    await expect.poll(async () => (await long.textContent())?.length ?? 0).toBeGreaterThan(1_000_000);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a large run is accessible in its middle too", async () => {
    const { page } = await open("large");
    await page.evaluate(`document.querySelector(".table-scroll").scrollTop = 2_000_000`);
    await expect.poll(() => page.locator(".table-item").first().getAttribute("data-index")).not.toBe("0");
    expect(await axeComplaints(page)).toEqual([]);
    await page.close();
  });

  test("the numbers of all rows are those of the file, bit for bit", async () => {
    const { page } = await open("hostile");
    const chosen = JSON.parse(await readFile(at("hostile", "chosen.jsonl"), "utf8")) as {
      u: number;
      chosen: number;
    };
    await page.locator("button.expand").click();
    const own = page.locator(`[data-candidate="${chosen.chosen}"] [data-u]`);
    expect(Number(await own.getAttribute("data-u"))).toBe(chosen.u);
    await page.close();
  });
});

/** Scrolls from top to end in 120 steps, one a frame; counts the frames in which rows fill the table. Runs in the page. */
const SCROLL = `(async () => {
  const scroller = document.querySelector(".table-scroll");
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const steps = 120;
  const found = { frames: 0, full: 0, most: 0, last: 0 };
  for (let i = 1; i <= steps; i++) {
    scroller.scrollTop = ((scroller.scrollHeight - scroller.clientHeight) * i) / steps;
    await frame();
    const box = scroller.getBoundingClientRect();
    const rows = [...scroller.querySelectorAll(".table-item")];
    const edges = rows.map((row) => row.getBoundingClientRect());
    found.frames++;
    const top = Math.min(...edges.map((edge) => edge.top));
    const bottom = Math.max(...edges.map((edge) => edge.bottom));
    if (top <= box.top + 60 && bottom >= box.bottom - 3) found.full++;
    found.most = Math.max(found.most, rows.length);
    found.last = Math.max(found.last, ...rows.map((row) => Number(row.dataset.index)));
  }
  return found;
})()`;

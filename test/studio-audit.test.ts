/** The audit page gives what `allgood audit` gives, and asks for nothing once it is open. */
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { parseHTML } from "linkedom";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { captureOutput } from "../src/cli/captured-output.fixture.ts";
import { run } from "../src/cli/run.ts";
import type { Audit } from "../src/evaluate/index.ts";
import type { Listening } from "../src/serve/listen.ts";
import { hasBrowser, openBrowser } from "./support/browser.ts";
import { workFolder } from "./support/cli.ts";
import { openStudio } from "./support/studio.ts";
import { downloaded, drop, scoreFiles, scoreRows } from "./support/studio-audit.ts";

const at = workFolder();
const printed = captureOutput();
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const files = scoreFiles(scoreRows(60));

/** Numbers agree to 1e-12, all else exactly. */
function expectSame(page: unknown, command: unknown, path = "audit"): void {
  if (typeof page === "number" && typeof command === "number") {
    const error = Math.abs(page - command) / Math.max(1, Math.abs(command));
    expect(error, `${path}: ${page} against ${command}`).toBeLessThanOrEqual(1e-12);
  } else if (typeof page === "object" && page !== null && typeof command === "object" && command !== null) {
    expect(Object.keys(page), path).toEqual(Object.keys(command));
    for (const [key, value] of Object.entries(page)) {
      expectSame(value, (command as Record<string, unknown>)[key], `${path}.${key}`);
    }
  } else expect(page, path).toEqual(command);
}

/** What the command prints under `--json`; what it says is wrong, with the file's name alone, where it fails. */
async function command(name: string, ...options: string[]): Promise<{ audit?: Audit; error?: string }> {
  const code = await run(["audit", at(name), ...options, "--json"]);
  if (code === 0) return { audit: JSON.parse(printed.stdout) };
  return {
    error: printed.stderr
      .replace(/^error: /, "")
      .replaceAll(at(name), name)
      .trimEnd(),
  };
}

describe.skipIf(!hasBrowser)("the audit page", () => {
  let browser: Browser;
  let studio: Listening;
  beforeAll(async () => {
    for (const [name, bytes] of Object.entries(files)) await writeFile(at(name), bytes);
    browser = await openBrowser();
    studio = await openStudio(at());
  });
  afterAll(async () => {
    await browser?.close();
    await studio?.drain(0);
  });

  /** An open page, cut off from the network; what it asks for or complains about from then on. */
  async function open(options: BrowserContextOptions = {}) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`${studio.url}/#/audit`, { waitUntil: "networkidle" });
    await page.getByText("Drop a file of scores here").waitFor();
    const requests: string[] = [];
    context.on("request", (request) => requests.push(request.url()));
    await context.setOffline(true);
    return { page, requests, complaints, [Symbol.asyncDispose]: () => context.close() };
  }

  /** Audits with the columns that are chosen at first. */
  async function audited(page: Page): Promise<void> {
    await page.getByRole("button", { name: "Audit", exact: true }).click();
    await page.getByRole("heading", { name: /^Audit of/ }).waitFor();
  }

  test.each(Object.keys(files))("%s: the command's numbers, warnings and objective", async (name) => {
    await using opened = await open();
    const { page, requests, complaints } = opened;
    await drop(page, name, files[name]!);
    await audited(page);
    const here: Audit = JSON.parse(await downloaded(page, "Download audit.json"));
    const there = await command(name, "--columns", "helpful,harmless,length", "--out", at(`out-${name}`));
    expectSame(here, there.audit);
    expect(here.notes.length).toBeGreaterThan(2);
    expectSame(
      JSON.parse(await downloaded(page, "Download objective.json")),
      JSON.parse(await readFile(at(`out-${name}`, "objective.json"), "utf8")),
    );
    for (const note of here.notes) expect(await page.getByText(note).count(), note).toBeGreaterThan(0);
    expect(requests.filter((url) => !url.startsWith("blob:"))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test("the report is the command's, word for word and picture for picture", async () => {
    // where a pixel of CSS is one of the screen, Plot moves lines by half of one to keep them sharp
    await using opened = await open({ deviceScaleFactor: 2 });
    await drop(opened.page, "scores.csv", files["scores.csv"]!);
    await audited(opened.page);
    await command("scores.csv", "--columns", "helpful,harmless,length", "--out", at("report"));
    const here = await downloaded(opened.page, "Download report.html");
    const there = await readFile(at("report", "report.html"), "utf8");
    const parsed = (source: string) => parseHTML(source).document;
    const words = (source: string) =>
      parsed(source).querySelector("body")!.textContent!.replaceAll(at("scores.csv"), "scores.csv");
    const made = /allgood [\d.]+|allgood studio/;
    expect(words(here).replace(made, "")).toBe(words(there).replace(made, ""));
    const pictures = (source: string) => [...parsed(source).querySelectorAll("svg")].map(shape);
    expect(pictures(there).length).toBeGreaterThan(5);
    expect(pictures(here)).toEqual(pictures(there));
  });

  test("the person's choices are the command's options", async () => {
    await using opened = await open();
    const { page } = opened;
    const rows = scoreRows(12).map(({ prompt, response, ...rewards }, i) => ({
      question: prompt,
      answer: response,
      rewards,
      more: { rm: i === 7 ? "n/a" : rewards.length },
    }));
    const jsonl = rows.map((row) => JSON.stringify(row)).join("\n");
    await writeFile(at("named.jsonl"), jsonl);
    await drop(page, "named.jsonl", Buffer.from(jsonl));
    await page.getByRole("checkbox", { name: "length" }).uncheck();
    await page.getByLabel("Others, separated by commas").fill("more.rm");
    await page.getByRole("combobox", { name: "Prompt" }).selectOption("question");
    await page.getByRole("combobox", { name: "Response" }).selectOption("answer");
    await page.getByLabel("Seed of the intervals").fill("7");
    const options = ["--columns", "helpful,harmless,more.rm", "--prompt-column", "question"];
    options.push("--response-column", "answer", "--seed", "7");
    const strict = await command("named.jsonl", ...options);
    await page.getByRole("button", { name: "Audit", exact: true }).click();
    expect(await page.getByRole("alert").locator("pre").textContent()).toBe(strict.error);
    expect(strict.error).toMatch(/^named.jsonl:8: a cell can't be used/);

    await page.getByLabel(/^Leave bad rows out/).check();
    await audited(page);
    printed.stdout = "";
    const lenient = await command("named.jsonl", ...options, "--skip-bad");
    expectSame(JSON.parse(await downloaded(page, "Download audit.json")), lenient.audit);
    expect(await page.getByRole("row", { name: /more.rm: not a number/ }).textContent()).toMatch(/1\s*8$/);
  });

  test.each<[string, string | Uint8Array]>([
    ["empty.csv", ""],
    ["quote.csv", 'prompt,a\nx,1\n"y,2\n'],
    ["value.jsonl", '{"prompt":"x","a":1}\n{"prompt":"x","a":NaN}'],
    ["broken.json", '[{"prompt":"x","a":1},{"prompt":}]'],
    ["promptless.csv", "ask,a\nx,1\n"],
    ["cut.csv.gz", files["scores.csv.gz"]!.subarray(0, 200)],
    ["sum.csv.gz", files["scores.csv.gz"]!.map((byte, i, { length }) => byte ^ Number(i === length - 6))],
    ["cut.parquet", files["scores.parquet"]!.subarray(0, 900)],
    ["what.bin", "hello"],
  ])("%s: the command's words for what is wrong", async (name, content) => {
    await using opened = await open();
    const { page } = opened;
    await writeFile(at(name), content);
    await drop(page, name, Buffer.from(content));
    const audit = page.getByRole("button", { name: "Audit", exact: true });
    const alert = page.getByRole("alert").locator("pre");
    await audit.or(alert).first().waitFor();
    // a fault of a row is told when all are read
    if (await audit.isVisible()) await audit.click();
    const columns = name.includes("sum") ? "helpful,harmless,length" : "a";
    const said = (await command(name, "--columns", columns)).error;
    expect(said).toBeTruthy();
    // how many rows are unpacked before a fault depends on the sizes of chunks
    const words = (text: string | null) => text?.replace(/; [\d,]+ rows? w(as|ere) read before it/, "");
    expect(words(await alert.textContent())).toBe(words(said!));
  });

  test("what files say stays text", async () => {
    await using opened = await open({ viewport: { width: 360, height: 800 } });
    const { page, complaints } = opened;
    const evil = `<script>document.title="owned"</script><img src=x onerror="document.title='owned'">`;
    const marks = "\u001b[31mred\u202eright to left\u0000";
    const rows = scoreRows(8).map(({ prompt, response, helpful, harmless }) => ({
      prompt: `${evil}${marks}${prompt}`,
      response: `${evil}${marks}${response}${"long".repeat(5_000)}`,
      [`${evil}${marks}`]: helpful,
      harmless,
    }));
    await drop(page, `${evil}${marks}.jsonl`, Buffer.from(rows.map((row) => JSON.stringify(row)).join("\n")));
    await audited(page);
    for (const summary of await page.locator("details.example summary").all()) await summary.click();
    const seen = (await page.evaluate(`(() => {
      const roots = [document, document.querySelector(".report").shadowRoot];
      return {
        title: document.title,
        made: roots.flatMap((root) => [...root.querySelectorAll("main img, main script, .lead img, section img, section script")]).length,
        text: document.querySelector("main").innerText + roots[1].querySelector("section:last-of-type").parentNode.textContent,
        wide: document.documentElement.scrollWidth,
      };
    })()`)) as { title: string; made: number; text: string; wide: number };
    expect(seen.title).not.toBe("owned");
    expect(seen.made).toBe(0);
    expect(seen.text).toContain("<script>");
    expect(seen.text).toContain("␛[31m");
    expect(seen.text).not.toMatch(/[\u001b\u202e\u0000]/);
    expect(seen.wide).toBeLessThanOrEqual(360);
    const report = await downloaded(page, "Download report.html");
    expect(report).not.toMatch(/<script|<img|[\u001b\u202e]/);
    expect(complaints).toEqual([]);
  });

  test("100,000 rows: the page goes on while they are audited, stops when asked, and ends with the command's numbers", async () => {
    await using opened = await open();
    const { page } = opened;
    const lines = Array.from({ length: 100_000 }, (_, i) => {
      const [a, b] = [Math.sin(i).toFixed(6), ((i * 7919) % 1000) / 100];
      return `{"prompt":"ask ${i >> 3}","response":"answer ${i}","a":${a},"b":${b}}`;
    });
    await writeFile(at("many.jsonl"), lines.join("\n"));
    await page.locator("input[type=file]").setInputFiles(at("many.jsonl"));
    const audit = page.getByRole("button", { name: "Audit", exact: true });
    await audit.click();
    const share = async () => Number(await page.locator("progress").getAttribute("value"));
    await expect.poll(share, { interval: 20 }).toBeGreaterThan(0.05);
    // whoever works meanwhile is heard before the audit ends
    await page.getByLabel("Seed of the intervals").fill("3");
    expect(await page.locator("progress").isVisible()).toBe(true);
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("Stopped. Nothing was kept.").waitFor();
    expect(await page.getByRole("heading", { name: /^Audit of/ }).count()).toBe(0);

    await audited(page);
    const here: Audit = JSON.parse(await downloaded(page, "Download audit.json"));
    expect(here.rows.kept).toBe(100_000);
    expectSame(here, (await command("many.jsonl", "--columns", "a,b", "--seed", "3")).audit);
  });

  describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
    test.each([360, 1200])("at %i px: axe finds nothing, nothing overflows", async (width) => {
      await using opened = await open({ colorScheme, viewport: { width, height: 900 } });
      const { page } = opened;
      const violations = async () => {
        await page.evaluate(await readFile(axe, "utf8"));
        const found = (await page.evaluate("axe.run()")) as {
          violations: { id: string; nodes: { html: string }[] }[];
        };
        return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
      };
      expect(await violations()).toEqual([]);
      await drop(page, "scores.csv", files["scores.csv"]!);
      await audited(page);
      for (const details of await page.locator("details summary").all()) await details.click();
      expect(await violations()).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    });
  });

  test("by keyboard alone: choose, audit, and the findings have the focus", async () => {
    await using opened = await open();
    const { page } = opened;
    const focused = () => page.evaluate("document.activeElement.type");
    for (let i = 0; i < 12 && (await focused()) !== "file"; i++) await page.keyboard.press("Tab");
    expect(await focused()).toBe("file");
    const chooser = page.waitForEvent("filechooser");
    await page.keyboard.press("Space");
    await (await chooser).setFiles(at("scores.csv"));
    await page.getByRole("button", { name: "Audit", exact: true }).waitFor();
    await page.getByLabel("Seed of the intervals").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: /^Audit of/ }).waitFor();
    expect(await page.evaluate("document.activeElement.id")).toBe("found");
  });
});

type Drawn = {
  tagName: string;
  attributes: Iterable<{ name: string; value: string }>;
  children: Iterable<Drawn>;
};
type Shape = { tag: string; attributes: Record<string, string>; parts: Shape[] };

/** An element whatever the order of its attributes. */
function shape(element: Drawn): Shape {
  const attributes = Object.fromEntries(
    [...element.attributes].map(({ name, value }) => [name, value]).sort(),
  );
  return { tag: element.tagName.toLowerCase(), attributes, parts: [...element.children].map(shape) };
}

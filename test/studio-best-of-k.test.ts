/** The page of a best-of-k run: an edited goal gives the same numbers as the command. */
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Listening } from "../src/serve/listen.ts";
import { hasBrowser, openBrowser } from "./support/browser.ts";
import { workFolder } from "./support/cli.ts";
import { openStudio } from "./support/studio.ts";
import { command, makeDemo } from "./support/studio-runs.ts";

const at = workFolder();

type Estimate = { value: number };
type Method = Record<"goodInAll" | "goalMet" | "utility", Estimate> & {
  name: string;
  klBound: number;
  good: Record<string, Estimate>;
};
type Chosen = {
  chosen: number;
  u: number;
  bindingValue: string | null;
  values: Record<string, { z: number }>;
};

describe.skipIf(!hasBrowser)("a best-of-k run in the studio", () => {
  let browser: Browser;
  let studio: Listening;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    await makeDemo(at());
    studio = await openStudio(at());
    browser = await openBrowser();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => complaints.push(message.text()));
    await page.goto(`${studio.url}/#/run/demo`);
    await page.waitForSelector("[data-figure=changed]");
  }, 180_000);
  afterAll(async () => {
    await browser.close();
    await studio.drain(0);
    expect(complaints).toEqual([]);
  });

  const goal = () => page.locator("#goal");
  const slider = (value: string, title: string) =>
    page.locator("fieldset", { has: page.locator(`legend:text-is("${value}")`) }).getByLabel(title);
  const changed = async () => Number(await page.locator("[data-figure=changed]").textContent());
  const exact = async (figure: string) =>
    Number(await page.locator(`[data-figure="${figure}"]`).getAttribute("data-exact"));
  const drag = async (value: string, title: string, to: number) => {
    const range = slider(value, title);
    await range.evaluate((input, x) => {
      Reflect.set(input, "value", String(x));
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }, to);
  };
  const settled = () => page.waitForSelector(".figures[aria-busy=false]");

  /** Runs the command with an objective and gives back what it says of a method, and its choices. */
  async function commandSays(objective: string, name: string, ...more: string[]) {
    const out = at("again");
    await command(
      ...["align", "best-of-k", "--objective", objective, "--candidates", at("demo", "candidates.jsonl")],
      ...["--out", out, "--seed", "3", ...more],
    );
    const { evaluation } = JSON.parse(await readFile(at("again", "run.json"), "utf8"));
    const method = (evaluation.bestOfK.methods as Method[]).find((each) => each.name === name)!;
    const lines = (await readFile(at("again", "chosen.jsonl"), "utf8")).trim().split("\n");
    return { method, chosen: lines.map((line) => JSON.parse(line) as Chosen) };
  }

  async function expectSame(method: Method) {
    expect(await exact("good in all values")).toBeCloseTo(method.goodInAll.value, 9);
    expect(await exact("goal met")).toBeCloseTo(method.goalMet.value, 9);
    expect(await exact("mean u")).toBeCloseTo(method.utility.value, 9);
    expect(await exact("KL bound")).toBeCloseTo(method.klBound, 9);
    for (const [value, good] of Object.entries(method.good))
      expect(await exact(`good: ${value}`), value).toBeCloseTo(good.value, 9);
  }

  async function saveObjective(name: string): Promise<string> {
    const waiting = page.waitForEvent("download");
    await page.getByText("Save as objective file").click();
    await (await waiting).saveAs(at("demo", name));
    return at("demo", name);
  }

  test("unchanged, it says what the command said", async () => {
    const { method } = await commandSays(at("demo", "objective.json"), "LSC goal");
    expect(await changed()).toBe(0);
    await expectSame(method);
  });

  test("before anything is edited it says how good the run is, and how good no choice would be", async () => {
    const { evaluation } = JSON.parse(await readFile(at("demo", "run.json"), "utf8"));
    const methods = evaluation.bestOfK.methods as (Method & { goodInAll: { ci95: [number, number] } })[];
    const said = (await page.getByLabel("What the run found").textContent())!;
    for (const name of ["LSC goal", "base"]) {
      const { value, ci95 } = methods.find((each) => each.name === name)!.goodInAll;
      const [share, low, high] = [value, ...ci95].map((x) => `${(100 * x).toFixed(1)} %`);
      expect(said).toContain(`${share} [${low}, ${high}]`);
    }
    expect(said).toMatch(/at random it would be [^:]+: the goal does better, beyond chance/);
    expect(said).toContain("judged by the true values in the data");
  });

  test("a difference is given only where the edited goal measures the same as the run's", async () => {
    const change = (figure: string) =>
      page.locator("tr", { has: page.locator(`[data-figure="${figure}"]`) }).locator("td:last-child");
    await goal().fill("helpful^2 and harmless and factual and creative");
    await settled();
    expect(await change("good in all values").textContent()).toMatch(/^[+−]\d+\.\d pts$/);
    expect(await change("mean p(goal)").textContent()).toBe("–");
    expect(await page.locator(".figures").textContent()).toMatch(/more than chance (would|may) do/);
    await goal().fill("helpful");
    await settled();
    expect(await change("good in all values").textContent()).toBe("–");
    expect(await change("good: helpful").textContent()).toMatch(/pts$/);
    await page.getByText("Reset", { exact: true }).click();
  });

  test("an edit is in the address: a reload keeps it, Reset takes it out", async () => {
    await goal().fill("helpful and creative^2");
    await drag("helpful", "Temperature", -1);
    await settled();
    const count = await changed();
    expect(count).toBeGreaterThan(0);
    await expect.poll(() => page.url()).toMatch(/goal=helpful\+and\+creative%5E2&temperature.helpful=/);
    await page.reload();
    await page.waitForSelector("[data-figure=changed]");
    await expect.poll(changed).toBe(count);
    expect(await goal().inputValue()).toBe("helpful and creative^2");
    await page.getByText("Reset", { exact: true }).click();
    await expect.poll(() => page.url()).toMatch(/#\/run\/demo$/);
    await expect.poll(changed).toBe(0);
  });

  test("a sentence that can't be used is refused with a caret, and the last good one stands", async () => {
    const before = await exact("mean u");
    await goal().fill("helpful and harmles");
    expect(await page.locator(".problem").textContent()).toMatch(
      /no value is called "harmles"; did you mean "harmless"\?.*\n {2}helpful and harmles\n {14}\^/,
    );
    await goal().fill("helpful and (");
    expect(await page.locator(".problem").textContent()).toMatch(/the sentence ends here.*\n.*\n {15}\^/);
    expect(await goal().getAttribute("aria-invalid")).toBe("true");
    // nobody knows whether a value is in a sentence that can't be read
    expect(await page.getByText("not in the goal").count()).toBe(0);
    expect(await page.locator("#goal-problem").textContent()).toContain(
      "Until then all figures are those of helpful and harmless and factual and creative",
    );
    await settled();
    expect(await exact("mean u")).toBe(before);
    await page.getByText("Reset", { exact: true }).click();
    expect(await page.locator(".problem").count()).toBe(0);
  });

  test("an edited goal, reference, temperature and importance: the command gives the same to 1e-9", async () => {
    await goal().fill("helpful and (harmless or factual) and creative^2");
    await drag("helpful", "Reference", 1.25);
    await drag("harmless", "Temperature", -1);
    await drag("factual", "Importance", 0.5);
    await settled();
    expect(await goal().inputValue()).toBe("helpful and (harmless or factual^0.5) and creative^2");
    const objective = await saveObjective("edited.json");
    const { method, chosen } = await commandSays(objective, "LSC goal");
    await expectSame(method);
    const own = (await readFile(at("demo", "chosen.jsonl"), "utf8")).trim().split("\n");
    const differ = own.filter((line, i) => JSON.parse(line).chosen !== chosen[i]!.chosen).length;
    expect(differ).toBeGreaterThan(0);
    expect(await changed()).toBe(differ);
    await page.locator("button.expand").first().click();
    const card = page.locator(".is-chosen");
    expect(Number(await card.locator("[data-u]").getAttribute("data-u"))).toBeCloseTo(chosen[0]!.u, 9);
    expect(await card.getAttribute("data-candidate")).toBe(String(chosen[0]!.chosen));
    expect(await card.locator("tr.binding th").textContent()).toBe(chosen[0]!.bindingValue);
    await page.locator("button.expand").first().click();
  });

  test("a soft choice has the command's means", async () => {
    await page.getByText("Reset", { exact: true }).click();
    await page.getByLabel("Soft choice").check();
    await page.getByLabel("γ").fill("0.25");
    await settled();
    const { method, chosen } = await commandSays(
      at("demo", "objective.json"),
      "LSC goal, soft γ=0.25",
      "--gamma",
      "0.25",
    );
    await expectSame(method);
    const own = (await readFile(at("demo", "chosen.jsonl"), "utf8")).trim().split("\n");
    expect(await changed()).toBe(
      own.filter((line, i) => JSON.parse(line).chosen !== chosen[i]!.chosen).length,
    );
    await page.getByLabel("Soft choice").uncheck();
    await settled();
    expect(await changed()).toBe(0);
  });

  test("the table filters, sorts and searches", async () => {
    const shown = async () => page.locator(".filters [role=status]").textContent();
    await goal().fill("helpful");
    await settled();
    const count = await changed();
    await page.getByLabel("Show").selectOption({ label: "where the choice changed" });
    expect(await shown()).toBe(`${count} prompts`);
    await page.getByRole("button", { name: "p(goal)" }).click();
    const cells = await page.locator(".table-item .table-row > :nth-child(3)").allTextContents();
    expect(cells.length).toBeGreaterThan(5);
    expect(cells.map(Number)).toEqual(cells.map(Number).sort((a, b) => a - b));
    await page.getByLabel("Show").selectOption({ label: "all prompts" });
    await page.getByLabel("Search").fill("nobody wrote this");
    await expect.poll(shown).toBe("0 prompts");
    await page.getByLabel("Search").fill("");
    await expect.poll(shown).not.toBe("0 prompts");
    await page.getByText("Reset", { exact: true }).click();
  });
});

import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { FRONTIER_SETTINGS as settings } from "../../test/support/frontier-sample.ts";
import { compareFrontier } from "../frontier/compare.ts";
import { type MadeFrontier, type MadeMethod, madeFrontier } from "../frontier/rows.fixture.ts";
import { frontierReport } from "./index.ts";

type Node = {
  tagName: string;
  textContent: string;
  id: string;
  attributes: Iterable<{ name: string; value: string }>;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Node | null;
  querySelectorAll(selector: string): Iterable<Node>;
};

const all = (root: Node, selector: string) => [...root.querySelectorAll(selector)];

const way = (method: string, slope: number, rl: MadeMethod["rl"] = { "0.3": [0.6, 3, 9] }): MadeMethod => ({
  method,
  allGood: (kl) => 0.2 + slope * kl,
  gap: (kl) => 0.02 * kl,
  rl,
});

/** Slopes of share over KL: LSC AND and the best raw sum. */
function made(own: number, sum: number, more: Partial<MadeFrontier> = {}): string {
  const rows = madeFrontier({
    methods: [
      way("LSC AND", own),
      way("raw sum 1:1:1:1", sum),
      way("raw sum 2:1:1:1", sum / 2),
      way("min", 0.01),
    ],
    seeds: 3,
    ...more,
  });
  return frontierReport({ rows, settings, comparison: compareFrontier(rows, { seed: 1, resamples: 200 }) });
}

const parse = (source: string): Node => (parseHTML(source) as unknown as { document: Node }).document;
const text = (node: Node | null) => node!.textContent.replaceAll(/\s+/g, " ");
const leadOf = (source: string) => text(parse(source).querySelector(".lead"));

describe("the page", () => {
  const source = made(0.03, 0.01, { noise: { seed: 0.01, prompt: 0.1, cell: 0.1 } });
  const page = parse(source);

  test("is one document without scripts, loads or holes", () => {
    expect(source.startsWith("<!doctype html>")).toBe(true);
    expect(source).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
    expect(source).not.toMatch(/NaN|Infinity|undefined|\[object/);
    expect(made(0.03, 0.01, { noise: { seed: 0.01, prompt: 0.1, cell: 0.1 } })).toBe(source);
  });
  test("every section is listed, every figure has a finding, a caption, two pictures and its numbers", () => {
    const linked = all(page, "nav a").map((link) => link.getAttribute("href")?.slice(1));
    expect(linked).toEqual([
      "results",
      "pairs",
      "values",
      "gap",
      "distributions",
      "probes",
      "limits",
      "setup",
    ]);
    expect(all(page, "main > section").map(({ id }) => id)).toEqual(linked);
    // best-of-k and RL: shares, differences, values, gap, truth, z, words, other probes
    expect(all(page, "figure")).toHaveLength(16);
    for (const figure of all(page, "figure")) {
      expect(figure.querySelector("h3")!.textContent.length).toBeGreaterThan(10);
      expect(figure.querySelector("figcaption")!.textContent.length).toBeGreaterThan(40);
      expect(all(figure, ".chart svg")).toHaveLength(2);
      expect(all(figure, "details tbody tr").length).toBeGreaterThan(0);
    }
  });
  test("each method stands in the table of differences at low and at high KL", () => {
    const rows = all(page, "#pairs tbody tr").map(text);
    expect(rows.filter((row) => row.startsWith("min"))).not.toHaveLength(0);
    expect(rows.some((row) => row.startsWith("raw sum 1:1:1:1 (best raw sum)0.3"))).toBe(true);
  });
  test("it says how far each run got, and that low KL may stand on a line from the base", () => {
    expect(text(page.querySelector("#setup"))).toContain("How far each run got (4)");
    expect(text(page.querySelector("#limits"))).toContain(
      "0 % of the training runs were first measured beyond 1 nat",
    );
  });
});

describe("the first sentence says what was found, whichever way it falls", () => {
  test("ahead", () => {
    const lead = leadOf(made(0.03, 0.01));
    expect(lead).toContain(
      "LSC AND is ahead of the best raw weighted sum in best-of-k at low and high KL and in reinforcement learning at low and high KL.",
    );
    expect(lead).toContain("In reinforcement learning, high KL, 8 nats: 0.440 [0.440, 0.440]");
    expect(lead).toContain(
      "0.280 [0.280, 0.280] for raw sum 1:1:1:1; the difference is +0.16 [+0.16, +0.16]",
    );
    expect(lead).toContain("The base policy itself: 0.200 [0.200, 0.200]");
  });
  test("behind", () => {
    expect(leadOf(made(0.01, 0.03))).toContain("LSC AND is behind the best raw weighted sum in best-of-k");
  });
  test("not told apart", () => {
    const lead = leadOf(made(0.02, 0.02, { noise: { seed: 0.05, prompt: 0.1, cell: 0.1 } }));
    expect(lead).toContain("LSC AND is not told apart from the best raw weighted sum in best-of-k at low");
  });
  test("one way in best-of-k, the other way in reinforcement learning", () => {
    const rows = [
      ...madeFrontier({ methods: [way("LSC AND", 0.03, {}), way("raw sum 1:1:1:1", 0.01, {})], seeds: 3 }),
      ...[way("LSC AND", 0.01), way("raw sum 1:1:1:1", 0.03)].flatMap((each) =>
        madeFrontier({ methods: [{ ...each, bestOfK: false }], seeds: 3 }).filter(
          ({ method }) => method !== "base",
        ),
      ),
    ];
    const comparison = compareFrontier(rows, { seed: 1, resamples: 100 });
    expect(leadOf(frontierReport({ rows, settings, comparison }))).toContain(
      "is ahead of the best raw weighted sum in best-of-k at low and high KL; behind it in reinforcement learning at low and high KL.",
    );
  });
  test("nothing at all where nothing is good in all values", () => {
    const rows = madeFrontier({ methods: [way("LSC AND", 0), way("raw sum 1:1:1:1", 0)], seeds: 2 }).map(
      (row) => ({
        ...row,
        allGood: 0,
        byPrompt: row.byPrompt.map(() => 0),
      }),
    );
    const comparison = compareFrontier(rows, { seed: 1, resamples: 100 });
    expect(leadOf(frontierReport({ rows, settings, comparison }))).toContain(
      "No method at any KL gets above 0.000",
    );
  });
  test("no level in common", () => {
    const rows = madeFrontier({ methods: [way("LSC AND", 0.1)], seeds: 2 });
    const comparison = compareFrontier(rows, { seed: 1, resamples: 100 });
    expect(leadOf(frontierReport({ rows, settings, comparison }))).toContain("Nothing can be said yet");
  });
});

test("names from the file stay text", () => {
  const evil = '"><img src=x onerror=alert(1)>\u202e';
  const rows = madeFrontier({
    methods: [way("LSC AND", 0.03), way(`raw sum ${evil}`, 0.01), way(`min ${evil}`, 0.01)],
    values: ["helpful", `</svg><script>alert(1)</script>${evil}`],
    seeds: 2,
    prompts: 6,
  });
  const source = frontierReport({
    rows,
    settings,
    comparison: compareFrontier(rows, { seed: 1, resamples: 50 }),
  });
  expect(all(parse(source), "img, script")).toEqual([]);
  expect(source).not.toContain("\u202e");
});

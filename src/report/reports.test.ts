import fc from "fast-check";
import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { auditSample, bestOfKSample, rewardSample } from "../../test/support/report-samples.ts";
import type { Measured } from "../evaluate/types.ts";
import { auditReport, bestOfKReport, rewardReport } from "./index.ts";

type Node = {
  tagName: string;
  textContent: string;
  id: string;
  attributes: Iterable<{ name: string; value: string }>;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Node | null;
  querySelectorAll(selector: string): Iterable<Node>;
};

const parse = (source: string): Node => (parseHTML(source) as unknown as { document: Node }).document;
const all = (root: Node, selector: string) => [...root.querySelectorAll(selector)];

/** Every element and attribute that our own templates and charts can make. */
const TAGS = new Set(
  "html head meta link title style body div header h1 h2 h3 p b br nav strong ol ul li a main section figure figcaption details summary table thead tbody tr th td bdi span dl dt dd code pre footer svg g path line rect circle text".split(
    " ",
  ),
);

function checkPage(source: string): Node {
  const page = parse(source);
  const strange: string[] = [];
  for (const element of all(page, "*")) {
    if (!TAGS.has(element.tagName.toLowerCase())) strange.push(`<${element.tagName}>`);
    for (const { name, value } of element.attributes) {
      if (/^on|^src|^action|^formaction|^xlink|^style$/i.test(name)) strange.push(name);
      if (name === "href" && !/^#[a-z-]+$|^data:,$/.test(value)) strange.push(value);
    }
  }
  expect(strange).toEqual([]);
  return page;
}

const samples = {
  "best of k, two values": () => bestOfKReport(bestOfKSample({ prompts: 60, resamples: 100 })),
  "best of k, four values": () =>
    bestOfKReport(
      bestOfKSample({
        values: ["helpful", "harmless", "factual", "creative"],
        prompts: 60,
        resamples: 100,
        judge: "same-rewards",
      }),
    ),
  rewards: () => rewardReport(rewardSample()),
  audit: () => auditReport(auditSample()),
};

describe.each(Object.entries(samples))("%s", (_, make) => {
  const source = make();
  const page = checkPage(source);

  test("is one HTML document that names its language, fits phones and forbids every load", () => {
    expect(source.startsWith("<!doctype html>")).toBe(true);
    expect(page.querySelector("html")?.getAttribute("lang")).toBe("en");
    expect(page.querySelector('meta[name="viewport"]')?.getAttribute("content")).toContain(
      "width=device-width",
    );
    expect(page.querySelector("meta[http-equiv]")?.getAttribute("content")).toMatch(/^default-src 'none'/);
    expect(source).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
    expect(source).not.toMatch(/NaN|Infinity|undefined|\[object/);
  });
  test("every section is listed in the contents and no id stands twice", () => {
    const ids = all(page, "[id]").map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const linked = all(page, "nav a").map((link) => link.getAttribute("href")?.slice(1));
    expect(linked).toEqual(all(page, "main > section").map(({ id }) => id));
  });
  test("every figure has a finding, a caption, a named picture for page and phone, and its numbers", () => {
    const figures = all(page, "figure");
    expect(figures.length).toBeGreaterThan(3);
    for (const figure of figures) {
      expect(figure.querySelector("h3")?.textContent.length).toBeGreaterThan(10);
      expect(figure.querySelector("figcaption")?.textContent.length).toBeGreaterThan(40);
      const pictures = all(figure, ".chart svg");
      expect(pictures).toHaveLength(2);
      for (const picture of pictures) {
        expect(picture.getAttribute("role")).toBe("img");
        expect(picture.getAttribute("aria-label")?.length).toBeGreaterThan(40);
      }
      expect(all(figure, "details tbody tr").length).toBeGreaterThan(0);
    }
  });
  test("the same input gives the same bytes", () => expect(make()).toBe(source));
});

test("hostile text anywhere in the data stays text", () => {
  const nasty = fc.constantFrom(
    "</title><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></svg></details><iframe src=//x>",
    "\u202eevil\u202c \u001b]8;;http://x\u0007link\u001b]8;;\u0007",
    "<!-- ]]> -->",
    "' autofocus onfocus='alert(1)",
    "javascript:alert(1)",
  );
  const either = fc.oneof(nasty, fc.string({ unit: "binary", minLength: 1, maxLength: 40 }));
  fc.assert(
    fc.property(either, (evil) => {
      const text = (plain: string) => `${evil} ${plain}`;
      const input = bestOfKSample({ prompts: 6, resamples: 20, text });
      const named = JSON.parse(
        JSON.stringify(input).replaceAll('"helpful"', JSON.stringify(`${evil} helpful`)),
      ) as typeof input;
      for (const source of [
        bestOfKReport(named),
        rewardReport(rewardSample({ text })),
        auditReport(auditSample({ text })),
      ]) {
        checkPage(source);
        expect(source).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      }
    }),
    { numRuns: 8 },
  );
}, 180_000);

test("a line of a megabyte is cut with a note, and 1,000 long prompts stay under 2 MB", () => {
  const long = bestOfKReport(
    bestOfKSample({ prompts: 5, resamples: 20, text: (plain) => plain + "x".repeat(1_000_000) }),
  );
  expect(long.length).toBeLessThan(400_000);
  expect(long).toMatch(/… \[cut: \d{3},\d{3} more characters\]/);
  const many = bestOfKReport(
    bestOfKSample({ prompts: 1000, resamples: 20, text: (plain) => plain + " <b>long</b>".repeat(400) }),
  );
  expect(many.length).toBeLessThan(2_000_000);
}, 120_000);

test("one prompt is no evidence about others, and the first lines say so", () => {
  const lead = (prompts: number) =>
    parse(bestOfKReport(bestOfKSample({ prompts, resamples: 20 }))).querySelector(".lead")!.textContent;
  expect(lead(1)).toMatch(/For the one prompt, one of .*One prompt is too few for intervals by resampling/s);
  expect(lead(60)).toMatch(/For each of 60 prompts/);
  expect(lead(60)).not.toMatch(/too few/);
});

describe("the best-of-k report does not oversell", () => {
  const input = bestOfKSample({ prompts: 60, resamples: 100 });
  const { bestOfK } = input.evaluation;

  /** The report where the equal-weight sum differs from the goal by this much. */
  function leadFor(value: number, ci95: [number, number], judgedBy = bestOfK.judgedBy): string {
    const change = (measured: Measured): Measured => ({ ...measured, versusGoal: { value, ci95 } });
    const methods = bestOfK.methods.map((method) =>
      method.name === bestOfK.equalSumMethod
        ? { ...method, goodInAll: change(method.goodInAll), goalMet: change(method.goalMet) }
        : method,
    );
    const values = bestOfK.values.map((each) => ({ ...each, judgedBy }));
    const page = parse(
      bestOfKReport({
        ...input,
        evaluation: { ...input.evaluation, bestOfK: { ...bestOfK, methods, values } },
      }),
    );
    return page.querySelector(".lead")!.textContent;
  }

  test("the first sentences say what, by how much, and how it was judged", () => {
    expect(leadFor(-0.05, [-0.08, -0.02])).toContain(
      "+0.05 [+0.02, +0.08]: the goal does better than the sum, beyond chance",
    );
    expect(leadFor(-0.05, [-0.12, 0.02])).toContain(
      "the interval holds zero, so these prompts do not tell the two apart",
    );
    expect(leadFor(0.05, [0.02, 0.08])).toContain("the sum does better than the goal, beyond chance");
    expect(leadFor(0, [0, 0], "truth")).toContain("judged by the true values in the data");
    expect(leadFor(0, [0, 0], "judge")).toContain("separate reward models");
    expect(leadFor(0, [0, 0], "same-rewards")).toContain("this is optimistic");
  });
  test("it counts that one value alone changes nothing", () => {
    const text = parse(bestOfKReport(input)).querySelector("#limits")!.textContent.replaceAll(/\s+/g, " ");
    expect(text).toContain(
      "helpful: same choice for 60 of 60 prompts; harmless: same choice for 60 of 60 prompts",
    );
    expect(text).toContain("LSC can change best-of-k only by the way in which several values are combined");
  });
  test("one value, one report: no trade-off, no balance, and the same choice as the raw reward", () => {
    const page = checkPage(bestOfKReport(bestOfKSample({ values: ["helpful"], prompts: 30, resamples: 50 })));
    expect(page.querySelector("#trade-off")).toBeNull();
    expect(page.querySelector("#limits")!.textContent).toContain("same choice for 30 of 30 prompts");
  });
  test("without optional parts the sections are left out", () => {
    const page = checkPage(bestOfKReport({ evaluation: input.evaluation }));
    for (const id of ["rewards", "examples", "utility"]) expect(page.querySelector(`#${id}`)).toBeNull();
    for (const id of ["results", "limits", "setup"]) expect(page.querySelector(`#${id}`)).not.toBeNull();
  });
});

test("reports on nothing say so", () => {
  expect(checkPage(rewardReport({ models: [] })).querySelector(".lead")!.textContent).toContain("no model");
  const { audit } = auditSample();
  const bare = auditReport({
    audit: {
      ...audit,
      columns: audit.columns.map((column) => ({ ...column, length: null })),
      pairs: [],
      sum: {
        ...audit.sum,
        picksDiffer: null,
        dominance: [],
        dominant: null,
        picks: [],
        aboveInAll: null,
        examples: [],
      },
    },
  });
  expect(checkPage(bare).querySelector(".lead")!.textContent).toContain("nothing to choose");
});

import fc from "fast-check";
import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { WIDTHS } from "../figure.ts";
import { axis, digitsFor, drawable, span } from "./draw.ts";
import { histogram } from "./histogram.ts";
import { intervalPlot } from "./interval-plot.ts";
import { matrix } from "./matrix.ts";
import { type FiveNumbers, quantileBars } from "./quantile-bars.ts";
import { reliability } from "./reliability.ts";
import { scatter } from "./scatter.ts";
import { stackedBars } from "./stacked-bars.ts";
import { tradeOff } from "./trade-off.ts";

type Node = {
  tagName: string;
  textContent: string;
  attributes: Iterable<{ name: string; value: string }>;
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<Node>;
};

/** Parses an SVG and checks what holds for every chart: one image with a name, and finite coordinates only. */
function sound(source: string, alternative = "what it shows"): Node {
  const { document } = parseHTML(`<!doctype html><html><body>${source}</body></html>`) as unknown as {
    document: { body: { children: ArrayLike<Node> } };
  };
  expect(document.body.children).toHaveLength(1);
  const svg = document.body.children[0]!;
  expect(svg.tagName.toLowerCase()).toBe("svg");
  expect(svg.getAttribute("role")).toBe("img");
  expect(svg.getAttribute("aria-label")).toBe(alternative);
  const broken: string[] = [];
  for (const element of [svg, ...svg.querySelectorAll("*")]) {
    for (const { name, value } of element.attributes) {
      if (name !== "aria-label" && /NaN|Infinity|undefined/.test(value)) broken.push(`${name}=${value}`);
    }
  }
  expect(broken).toEqual([]);
  return svg;
}

const texts = (svg: Node) => [...svg.querySelectorAll("text")].map(({ textContent }) => textContent);
const count = (svg: Node, selector: string) => [...svg.querySelectorAll(selector)].length;
const near = (value: number, half = 0.03) => ({
  value,
  ci95: [value - half, value + half] as [number, number],
});
const widths = Object.values(WIDTHS);
const name = "what it shows";

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1e308, -1e308, 5e-324, 0.5, 0.5 + 2 ** -52),
);
const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "<script>alert(1)</script>",
    '"/><image href="x"/>',
    "\u202egnp.exe",
    "\u001b[2J",
    "x".repeat(5000),
    "",
  ),
);

describe.each(widths)("at %i px", (width) => {
  test("interval plot: a dot and a bar a row, its numbers beside it, a heading a group", () => {
    const rows = [
      { label: "LSC AND", estimate: near(0.63), group: "The goal" },
      { label: "sum", estimate: near(0.6), group: "Others", hollow: true },
      { label: "min", estimate: near(0.55), group: "Others", hollow: true },
    ];
    const svg = sound(
      intervalPlot({ rows, measure: "win rate", line: { at: 0.5, label: "random" } }, width, name),
    );
    expect(count(svg, "circle")).toBe(3);
    const words = texts(svg);
    for (const text of [
      "LSC AND",
      "sum",
      "min",
      "The goal",
      "Others",
      "random",
      "win rate",
      "0.63 [0.60, 0.66]",
    ]) {
      expect(words).toContain(text);
    }
    const x = [...svg.querySelectorAll("circle")].map((dot) => Number(dot.getAttribute("cx")));
    expect(x[0]).toBeGreaterThan(x[1]!);
    expect(x[1]).toBeGreaterThan(x[2]!);
  });

  test("matrix: one cell and one number a pair, none for what is missing", () => {
    const data = {
      rows: ["a", "b"],
      columns: ["helpful", "harmless", "a name too long for any column of a phone"],
      cells: [
        [0.66, 0.41, null],
        [0.4, 0.7, 0.5],
      ],
      write: (x: number) => x.toFixed(2),
      middle: 0.5,
      reach: 0.3,
    };
    const svg = sound(matrix(data, width, name));
    expect(count(svg, "rect")).toBe(5);
    expect(texts(svg).filter((text) => /^0\.\d\d$/.test(text))).toEqual([
      "0.66",
      "0.41",
      "0.40",
      "0.70",
      "0.50",
    ]);
    const fills = [...svg.querySelectorAll("rect")].map((cell) => cell.getAttribute("fill"));
    expect(fills.slice(0, 2)).toEqual(["var(--a)", "var(--b)"]);
  });

  test("stacked bars: widths are in proportion to the shares, empty parts are left out", () => {
    const data = {
      rows: [
        { label: "helpful", shares: [0.2, 0.1] },
        { label: "harmless", shares: [0.4, 0] },
      ],
      series: [
        { label: "some", colour: "a" as const },
        { label: "none", colour: "b" as const },
      ],
      measure: "share",
    };
    const svg = sound(stackedBars(data, width, name));
    const size = [...svg.querySelectorAll("rect")].map((bar) => Number(bar.getAttribute("width")) + 1.5);
    expect(size).toHaveLength(3);
    expect(size[0]! / size[1]!).toBeCloseTo(2, 1);
    expect(size[2]! / size[0]!).toBeCloseTo(2, 1);
    expect(texts(svg)).toContain("40 %");
  });

  test("quantile bars: a median, a thin and a thick line a bar", () => {
    const quantiles: FiveNumbers = [-2, -1, 0, 1, 3];
    const bars = ["base", "goal"].map((label) => ({ label, colour: "a" as const, quantiles }));
    const svg = sound(quantileBars({ groups: [{ label: "helpful", bars }], measure: "z" }, width, name));
    expect(count(svg, "circle")).toBe(2);
    expect(texts(svg)).toEqual(expect.arrayContaining(["helpful", "base", "goal", "z"]));
  });

  test("reliability: a dot a bin and a diagonal", () => {
    const points = [0.1, 0.5, 0.9].map((predicted) => ({ predicted, observed: predicted, count: 10 }));
    const svg = sound(
      reliability(
        [
          { label: "before", colour: "b", points },
          { label: "after", colour: "a", points: [] },
        ],
        width,
        name,
      ),
    );
    expect(count(svg, "circle")).toBe(3);
  });

  test("trade-off: a mark a point; only a curve is joined and names its ends", () => {
    const sweep = [0, 0.5, 1].map((w) => ({
      label: `weight ${w}`,
      x: near(0.4 + w / 5),
      y: near(0.6 - w / 5),
    }));
    const others = [{ label: "the goal", x: near(0.55), y: near(0.58), colour: "a" as const, diamond: true }];
    const common = { sweep, others, xMeasure: "helpful", yMeasure: "harmless" };
    const curve = sound(tradeOff({ ...common, joined: true }, width, name));
    const cloud = sound(tradeOff({ ...common, joined: false }, width, name));
    expect(texts(curve)).toEqual(
      expect.arrayContaining(["the goal", "weight 0", "weight 1", "helpful", "harmless"]),
    );
    expect(texts(curve)).not.toContain("weight 0.5");
    expect(texts(cloud)).not.toContain("weight 0");
    expect(count(curve, "circle, path[transform]") - count(cloud, "circle, path[transform]")).toBe(0);
    expect(count(cloud, "circle")).toBe(3);
  });

  test("scatter: a dot a point, thinned above 1,500", () => {
    const points = Array.from({ length: 4000 }, (_, i) => ({ x: i, y: -i, colour: "a" as const }));
    const data = { points: points.slice(0, 12), xMeasure: "sum", yMeasure: "u" };
    expect(count(sound(scatter(data, width, name)), "circle")).toBe(12);
    expect(count(sound(scatter({ ...data, points }, width, name)), "circle")).toBe(1334);
  });

  test("histogram: a bar a bin, in proportion", () => {
    const svg = sound(
      histogram({ edges: [0, 1, 2, 3], shares: [0.25, 0.5, 0.25], measure: "r" }, width, name),
    );
    const heights = [...svg.querySelectorAll("rect")].map((bar) => Number(bar.getAttribute("height")));
    expect(heights).toHaveLength(3);
    expect(heights[1]! / heights[0]!).toBeCloseTo(2, 2);
  });

  test("nothing to draw is said in words", () => {
    const empty = [
      intervalPlot({ rows: [], measure: "" }, width, name),
      matrix({ rows: [], columns: [], cells: [], write: String, middle: 0, reach: 1 }, width, name),
      stackedBars({ rows: [], series: [], measure: "" }, width, name),
      quantileBars({ groups: [], measure: "" }, width, name),
      reliability([], width, name),
      tradeOff({ sweep: [], others: [], joined: true, xMeasure: "", yMeasure: "" }, width, name),
      scatter({ points: [], xMeasure: "", yMeasure: "" }, width, name),
      histogram({ edges: [], shares: [], measure: "" }, width, name),
    ];
    for (const source of empty) expect(texts(sound(source))[0]).toMatch(/^(Nothing|No pairs)/);
  });
});

test("any finite numbers and any labels give a sound picture", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(hostile, number, number), { minLength: 1, maxLength: 4 }),
      hostile,
      (rows, text) => {
        const points = rows.map(([label, a, b]) => ({
          label,
          x: { value: a, ci95: [Math.min(a, b), Math.max(a, b)] as [number, number] },
          y: { value: b, ci95: [Math.min(a, b), Math.max(a, b)] as [number, number] },
          colour: "a" as const,
        }));
        for (const width of widths) {
          const estimates = points.map(({ label, x }) => ({ label, estimate: x, group: text }));
          sound(
            intervalPlot(
              { rows: estimates, measure: text, line: { at: rows[0]![1], label: text } },
              width,
              name,
            ),
          );
          sound(
            tradeOff(
              { sweep: points, others: points, joined: true, xMeasure: text, yMeasure: text },
              width,
              name,
            ),
          );
          const labels = rows.map(([label]) => label);
          const cells = rows.map(([, a]) => rows.map(() => a));
          sound(
            matrix(
              { rows: labels, columns: labels, cells, write: (x) => x.toFixed(2), middle: 0, reach: 1 },
              width,
              name,
            ),
          );
          const bars = rows.map(([label, a, b]) => {
            const [low, high] = [Math.min(a, b), Math.max(a, b)];
            return { label, colour: "b" as const, quantiles: [low, low, high, high, high] as FiveNumbers };
          });
          sound(quantileBars({ groups: [{ label: text, bars }], measure: text }, width, name));
          sound(
            scatter(
              { points: rows.map(([, x, y]) => ({ x, y, colour: "c" })), xMeasure: text, yMeasure: text },
              width,
              name,
            ),
          );
          sound(histogram({ edges: [rows[0]![1], rows[0]![1]], shares: [1], measure: text }, width, name));
        }
      },
    ),
    { numRuns: 25 },
  );
}, 120_000);

test("the alternative text is escaped in the picture", () => {
  const text = '"><script>alert(1)</script>';
  sound(intervalPlot({ rows: [{ label: text, estimate: near(0) }], measure: text }, 720, text), text);
});

test("spans and ticks", () => {
  expect(span([])).toEqual([0, 1]);
  expect(span([2, 2])).toEqual([1.5, 2.5]);
  expect(span([0, 6.4e-323])).toEqual([-0.5, 0.5]);
  expect(span([0, 1], [2])).toEqual([-0.08, 2.08]);
  expect([drawable(Number.NaN), drawable(Number.POSITIVE_INFINITY), drawable(-3)]).toEqual([0, 1e100, -3]);
  expect([digitsFor(2), digitsFor(0.1), digitsFor(0.05), digitsFor(0.002)]).toEqual([0, 1, 2, 3]);
  expect(axis([0, 0.03], "", 6).tickFormat(0.015)).toBe("0.015");
});

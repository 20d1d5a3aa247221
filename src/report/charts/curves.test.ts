import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { WIDTHS } from "../figure.ts";
import { type Curve, curves } from "./curves.ts";

type Node = {
  textContent: string;
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<Node>;
};

const drawn = (data: Parameters<typeof curves>[0], width: number): Node =>
  (parseHTML(curves(data, width, "what it shows")) as unknown as { document: Node }).document;
const all = (node: Node, selector: string) => [...node.querySelectorAll(selector)];

const curve = (shown: Curve["shown"], values: readonly number[]): Curve => ({
  colour: shown === "filled" ? "a" : shown === "hollow" ? "b" : "soft",
  shown,
  points: values.map((value, x) => ({ x, estimate: { value, ci95: [value - 0.1, value + 0.1] } })),
});
const three = [curve("muted", [0, 0.1, 0.2]), curve("hollow", [0, 0.2, 0.1]), curve("filled", [0, 0.3, 0.6])];
const common = { xMeasure: "KL", yMeasure: "share", ticks: [0, 1, 2] };

test.each(Object.values(WIDTHS))(
  "at %i px: dots and bands for what is read first, thin lines for the others",
  (width) => {
    const svg = drawn({ ...common, panels: [{ curves: three, line: 0 }] }, width);
    const dots = all(svg, "circle");
    expect(dots).toHaveLength(6);
    expect(dots.map((dot) => dot.getAttribute("fill"))).toEqual([
      ...Array(3).fill("var(--paper)"),
      ...Array(3).fill("var(--a)"),
    ]);
    expect(all(svg, '[aria-label="area"] path, g[fill-opacity] path')).toHaveLength(2);
    // higher values stand higher, and KL 1 stands where a square root puts it
    const [x, y] = ["cx", "cy"].map((name) => dots.slice(3).map((dot) => Number(dot.getAttribute(name))));
    expect(y![0]).toBeGreaterThan(y![1]!);
    expect(y![1]).toBeGreaterThan(y![2]!);
    expect((x![1]! - x![0]!) / (x![2]! - x![0]!)).toBeCloseTo(Math.SQRT1_2, 2);
  },
);

test("panels share their scales and carry their titles", () => {
  const panels = ["helpful", "harmless", "factual"].map((title) => ({ title, curves: three }));
  for (const width of Object.values(WIDTHS)) {
    const svg = drawn({ ...common, panels }, width);
    const words = all(svg, "text").map(({ textContent }) => textContent);
    expect(words).toEqual(expect.arrayContaining(["helpful", "harmless", "factual", "KL", "share"]));
    expect(all(svg, "circle")).toHaveLength(18);
  }
});

test("nothing to show says so, and numbers out of all bounds are drawn", () => {
  expect(curves({ ...common, panels: [] }, 336, "x")).toContain("Nothing to compare.");
  const wild = curve("filled", [0, 1e300, -1e300]);
  const source = curves({ ...common, panels: [{ curves: [wild] }] }, 720, "x");
  expect(source).not.toMatch(/NaN|Infinity/);
});

/**
 * Observable Plot, with a browser or without: options in, SVG text out.
 * @module
 */
import * as Plot from "@observablehq/plot";
import { decimal } from "../format.ts";

/** The browser's own, where there is one. */
const document = (globalThis as { document?: Document }).document ?? (await emptyDocument());

async function emptyDocument(): Promise<Document> {
  const { parseHTML } = await import("linkedom");
  return parseHTML("<!doctype html><html><body></body></html>").document as unknown as Document;
}

/** The few members of the DOM that are used here; the browser's types are not loaded. */
type Document = { createElementNS(space: string, name: string): Element };
type Element = {
  tagName: string;
  attributes: Iterable<{ name: string; value: string }>;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element>;
  remove(): void;
  outerHTML: string;
};

/** Size of text in every chart, in CSS pixels. */
export const FONT = 12;

/** Strongest tint under text: the page's ink keeps 4.5:1 on it in both schemes. */
export const TINT = 0.4;

/** Below this width a chart takes its phone layout. */
export const isNarrow = (width: number): boolean => width < 500;

/**
 * Draws with Plot. Colours are variables of the page's stylesheet, coordinates are rounded to 0.01 px, and the picture
 * is one image to assistive technology, named by `alternative`.
 */
export function draw(options: Plot.PlotOptions, alternative: string): string {
  const svg = Plot.plot({
    ...options,
    document: document as never,
    className: "plot",
  }) as unknown as Element;
  svg.querySelector("style")?.remove();
  for (const element of svg.querySelectorAll("*")) tidy(element);
  for (const name of ["class", "height", "width"]) svg.removeAttribute(name);
  svg.setAttribute("font-size", String(FONT));
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", alternative);
  return svg.outerHTML;
}

function tidy(element: Element): void {
  for (const { name, value } of [...element.attributes]) {
    if (name.startsWith("aria-")) element.removeAttribute(name);
    else if (/\d\.\d{3}/.test(value)) {
      element.setAttribute(
        name,
        value.replace(/-?\d+\.\d{3,}(e[-+]?\d+)?/g, (x) => String(Number(Number(x).toFixed(2)))),
      );
    }
  }
}

/** A picture that says why it is empty. */
export function emptyChart(width: number, reason: string, alternative: string): string {
  return draw(
    {
      width,
      height: 60,
      axis: null,
      marks: [Plot.text([reason], { frameAnchor: "middle", fill: "var(--soft)", lineWidth: width / FONT })],
    },
    alternative,
  );
}

/** Lets text stand on lines: it is outlined in the colour of the page. */
export const HALO = { stroke: "var(--paper)", strokeWidth: 4, fill: "var(--ink)" } as const;

/** Keeps a number where a linear scale can still place it. */
export const drawable = (x: number): number =>
  Number.isNaN(x) || Math.abs(x) < 1e-100 ? 0 : Math.max(-1e100, Math.min(1e100, x));

/**
 * The span of the numbers with a margin of 4 %, never empty.
 * @param include numbers that must be in view (a reference line)
 */
export function span(values: Iterable<number>, include: readonly number[] = []): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of [...values, ...include].map(drawable)) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  // closer than this the axis could not tell them apart
  const one = high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high));
  const pad = one ? Math.max(0.5, Math.abs(low) * 0.1) : (high - low) * 0.04;
  return [low - pad, high + pad];
}

export type ReferenceLine = { at: number; label: string };

/** A dashed vertical line to compare with, named over the frame; the name keeps inside near an edge. */
export function referenceLine(line: ReferenceLine, [low, high]: [number, number]): Plot.Markish[] {
  const at = drawable(line.at);
  const share = (at - low) / (high - low);
  const textAnchor = share < 0.15 ? "start" : share > 0.85 ? "end" : "middle";
  const dx = { start: -4, middle: 0, end: 4 }[textAnchor];
  return [
    Plot.ruleX([at], { stroke: "var(--soft)", strokeDasharray: "4 3" }),
    Plot.text([line.label], { x: [at], frameAnchor: "top", textAnchor, dx, dy: -14, fill: "var(--soft)" }),
  ];
}

/** How a chart writes a number with so many decimals: `decimal` or `signed`. */
export type Writer = (x: number, digits?: number) => string;

/** A number axis. Ticks have as many decimals as tell them apart. */
export const axis = (domain: [number, number], label: string, ticks: number, write: Writer = decimal) => ({
  domain,
  label,
  labelArrow: "none" as const,
  ticks,
  tickFormat: (x: number) => write(x, digitsFor((domain[1] - domain[0]) / ticks)),
  grid: true,
});

/** A horizontal axis with its name centred under it. */
export const axisX = (...parameters: Parameters<typeof axis>) => ({
  ...axis(...parameters),
  labelAnchor: "center" as const,
  labelOffset: 38,
});

/** Decimals that tell numbers apart which lie `step` from each other. */
export const digitsFor = (step: number): number => Math.min(6, Math.max(0, -Math.floor(Math.log10(step))));

/** Pixels that a text takes, nearly: digits and letters of a sans-serif face are 0.56 em wide on average. */
export const textWidth = (text: string): number => [...text].length * FONT * 0.56;

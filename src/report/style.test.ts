import { describe, expect, test } from "vitest";
import { TINT } from "./charts/draw.ts";
import { SCHEMES, STYLESHEET } from "./style.ts";

/** Relative luminance and contrast ratio, WCAG 2.2. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** `colour` laid over `paper` at an opacity. */
function tint(colour: string, paper: string, opacity: number): string {
  const channel = (hex: string, at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  return `#${[1, 3, 5]
    .map((at) => Math.round(opacity * channel(colour, at) + (1 - opacity) * channel(paper, at)))
    .map((value) => value.toString(16).padStart(2, "0"))
    .join("")}`;
}

test("the contrast formula gives the published values", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 10);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
});

describe.each(Object.entries(SCHEMES))("%s scheme", (_, scheme) => {
  test.each(["ink", "soft", "link"] as const)("%s text keeps 4.5:1 on paper and on wash", (name) => {
    expect(contrast(scheme[name], scheme.paper)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(scheme[name], scheme.wash)).toBeGreaterThanOrEqual(4.5);
  });
  test.each(["a", "b", "c", "d", "e", "f"] as const)("series %s keeps 3:1 on paper", (name) => {
    expect(contrast(scheme[name], scheme.paper)).toBeGreaterThanOrEqual(3);
  });
  test.each(["a", "b", "c", "d", "e"] as const)("ink keeps 4.5:1 on the strongest tint of %s", (name) => {
    expect(contrast(scheme.ink, tint(scheme[name], scheme.paper, TINT))).toBeGreaterThanOrEqual(4.5);
  });
});

test("the stylesheet asks for nothing from outside", () => {
  expect(STYLESHEET).not.toMatch(/url\(|@import|@font-face|https?:/);
});

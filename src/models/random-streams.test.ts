import { expect, test } from "vitest";
import { randomStreams } from "./random-streams.ts";

test("the same seed and place give the same numbers, others give others", () => {
  const first = (seed: number, prompt: number, sample: number) =>
    randomStreams(seed)(prompt, sample).uniform();
  expect(first(1, 2, 3)).toBe(first(1, 2, 3));
  const all = [0, 1, 2].flatMap((a) => [0, 1, 2].flatMap((b) => [0, 1, 2].map((c) => first(a, b, c))));
  expect(new Set(all).size).toBe(27);
});

test("first numbers of neighbouring streams are uniform and uncorrelated", () => {
  const streams = randomStreams(7);
  const count = 20_000;
  const first = Array.from({ length: count }, (_, i) => streams(Math.floor(i / 8), i % 8).uniform());
  const cells = new Array<number>(20).fill(0);
  for (const u of first) cells[Math.floor(20 * u)]! += 1;
  const chi = cells.reduce((sum, found) => sum + (found - count / 20) ** 2 / (count / 20), 0);
  // 19 degrees of freedom: above 43.8 one time in a thousand
  expect(chi).toBeLessThan(43.8);
  for (const lag of [1, 8]) {
    const products = first.slice(lag).map((u, i) => (u - 0.5) * (first[i]! - 0.5) * 12);
    const correlation = products.reduce((a, b) => a + b) / products.length;
    expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(count));
  }
});

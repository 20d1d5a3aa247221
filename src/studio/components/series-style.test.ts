import { expect, test } from "vitest";
import { seriesStyle } from "./series-style.ts";

test("36 curves differ from each other, and any six beside each other by their dash alone", () => {
  const styles = Array.from({ length: 36 }, (_, i) => seriesStyle(i));
  expect(new Set(styles.map(({ colour, dash }) => `${colour}|${dash}`)).size).toBe(36);
  for (let from = 0; from < 36; from += 6)
    expect(new Set(styles.slice(from, from + 6).map(({ dash }) => dash)).size).toBe(6);
});

import { expect, test } from "vitest";
import { signsOf } from "./signs.ts";

test("signs are counted as a person would", () => {
  expect(signsOf("Of course. Rinse it well and dry it. Clearly, I hope this helps you on your way.")).toEqual(
    {
      words: 17,
      padding: 1,
      confidence: 2,
      list: 0,
      repetition: 0,
    },
  );
  expect(signsOf("1. Rinse it well.\n2. Perhaps dry it.")).toMatchObject({
    list: 1,
    confidence: -1,
    repetition: 0,
  });
  expect(signsOf("Rinse it well. Dry it. Rinse it well.")).toMatchObject({ repetition: 1 });
  expect(signsOf("")).toEqual({ words: 0, padding: 0, confidence: 0, list: 0, repetition: 0 });
});

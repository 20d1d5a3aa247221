import { expect, test } from "vitest";
import { headerKey } from "./header-key.ts";

test("a key stands without the end of its line", () => {
  expect(headerKey("sesame open\n", "KEY")).toBe("sesame open");
});

test.each(["ses\name", "sésame", "sesamę", " \n"])("%j is refused, and not shown", (text) => {
  const refused = () => headerKey(text, "KEY");
  expect(refused).toThrow("the key in the environment variable KEY can't stand in a header");
  expect(refused).not.toThrow(/am/);
});

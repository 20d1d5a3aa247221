import fc from "fast-check";
import { expect, test } from "vitest";
import { promptHash } from "./prompt-hash.ts";
import { half, split } from "./split.ts";

const hashes = Array.from({ length: 20_000 }, (_, i) =>
  promptHash([{ role: "user", content: `prompt ${i}` }]),
);

/** Share of hashes for which something holds; its standard error is at most 0.0036 here. */
const share = (holds: (hash: string) => boolean) => hashes.filter(holds).length / hashes.length;

test("80 % of prompts train, halves are halves, for any seed", () => {
  for (const seed of [0, 1, 12345]) {
    expect(share((hash) => split(hash, seed) === "train")).toBeCloseTo(0.8, 1.5);
    expect(share((hash) => half(hash, seed) === 1)).toBeCloseTo(0.5, 1.5);
  }
});

test("the two cuts are independent, and so are seeds", () => {
  expect(share((hash) => split(hash, 1) === "train" && half(hash, 1) === 1)).toBeCloseTo(0.4, 1.5);
  expect(share((hash) => split(hash, 1) === "train" && split(hash, 2) === "train")).toBeCloseTo(0.64, 1.5);
  expect(share((hash) => half(hash, 1) === half(hash, 2))).toBeCloseTo(0.5, 1.5);
});

test("a prompt falls in the same part every time", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer(), (content, seed) => {
      const hash = promptHash([{ role: "user", content }]);
      const again = promptHash([{ content, role: "user" }]);
      expect(split(again, seed)).toBe(split(hash, seed));
      expect(half(again, seed)).toBe(half(hash, seed));
    }),
  );
});

test("values computed apart from this code (Python's hashlib)", () => {
  expect(promptHash([{ role: "user", content: "Hello" }])).toBe("b0ae8b0f316e2f14");
  const first = hashes.slice(0, 12);
  expect(first.map((hash) => (split(hash, 7) === "train" ? "T" : "-")).join("")).toBe("TTT-TTT-TT-T");
  expect(first.map((hash) => half(hash, 7)).join("")).toBe("212211212122");
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { fnv1a, spread } from "./hash.ts";

test("FNV-1a gives its published values", () => {
  expect(fnv1a("")).toBe(0x811c9dc5);
  expect(fnv1a("a")).toBe(0xe40c292c);
  expect(fnv1a("foobar")).toBe(0xbf9cf968);
});

test("FNV-1a reads UTF-8 bytes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      let hash = 0x811c9dc5;
      for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
      expect(fnv1a(text)).toBe(hash);
    }),
  );
  expect(fnv1a("\ud800")).toBe(fnv1a("\ufffd"));
});

test("a hash can be gone on from", () => {
  expect(fnv1a("bar", fnv1a("foo"))).toBe(fnv1a("foobar"));
});

test("spread is the finaliser of MurmurHash3", () => {
  expect(spread(0)).toBe(0);
  expect(spread(1)).toBe(0x514e28b7);
});

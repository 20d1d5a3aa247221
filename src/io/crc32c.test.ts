import fc from "fast-check";
import { expect, test } from "vitest";
import { crc32c, maskedCrc32c } from "./crc32c.ts";

const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);

test.each([
  // RFC 3720, appendix B.4
  ["32 zeros", new Uint8Array(32), 0x8a9136aa],
  ["32 ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ["ascending", ascending, 0x46dd794e],
  ["descending", ascending.toReversed(), 0x113fdb5c],
  // the check value of CRC-32/ISCSI in catalogues of checksums
  ["123456789", new TextEncoder().encode("123456789"), 0xe3069283],
  ["nothing", new Uint8Array(0), 0],
])("the published value of %s", (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

test("one flipped bit changes it", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(), (bytes, at) => {
      const flipped = bytes.slice();
      flipped[(at >> 3) % bytes.length]! ^= 1 << (at & 7);
      expect(crc32c(flipped)).not.toBe(crc32c(bytes));
    }),
  );
});

test("the mask is undone by the inverse rotation", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const rotated = (maskedCrc32c(bytes) - 0xa282ead8) >>> 0;
      expect(((rotated >>> 17) | (rotated << 15)) >>> 0).toBe(crc32c(bytes));
    }),
  );
});

import fc from "fast-check";
import { InputError } from "../io/errors.ts";

type Damage = (bytes: Buffer) => Buffer;

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const at = (share: number, bytes: Buffer) => Math.floor(share * (bytes.length + 1));

const flip = fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(
  ([share, mask]): Damage =>
    (bytes) => {
      const out = Buffer.from(bytes);
      if (out.length > 0) out[Math.floor(share * out.length)]! ^= mask;
      return out;
    },
);
const flipEarly = fc.tuple(fc.nat(63), fc.nat(7)).map(
  ([offset, bit]): Damage =>
    (bytes) => {
      const out = Buffer.from(bytes);
      if (offset < out.length) out[offset]! ^= 1 << bit;
      return out;
    },
);
const cut = place.map(
  (share): Damage =>
    (bytes) =>
      bytes.subarray(0, at(share, bytes)),
);
const drop = fc.tuple(place, fc.nat(40)).map(
  ([share, length]): Damage =>
    (bytes) => {
      const from = at(share, bytes);
      return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]);
    },
);
const insert = fc
  .tuple(
    place,
    fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc.json({ maxDepth: 2 }).map((json) => Buffer.from(json)),
    ),
  )
  .map(
    ([share, more]): Damage =>
      (bytes) => {
        const from = at(share, bytes);
        return Buffer.concat([bytes.subarray(0, from), more, bytes.subarray(from)]);
      },
  );
const copy = fc.tuple(place, place, fc.nat(60)).map(
  ([from, to, length]): Damage =>
    (bytes) => {
      const part = bytes.subarray(at(from, bytes), at(from, bytes) + length);
      const start = at(to, bytes);
      return Buffer.concat([bytes.subarray(0, start), part, bytes.subarray(start)]);
    },
);
/** A number where the file may have one: extremes of int32. */
const extreme = fc.tuple(fc.nat(15), fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 24, 7)).map(
  ([word, value]): Damage =>
    (bytes) => {
      const out = Buffer.from(bytes);
      if (4 * word + 4 <= out.length) out.writeInt32LE(value, 4 * word);
      return out;
    },
);
/** A number or word of a text file is replaced. */
const digits = fc
  .tuple(
    place,
    fc.constantFrom(
      "-1",
      "0",
      "1e9",
      "4294967296",
      "9007199254740993",
      "1e999",
      "null",
      "[]",
      "{}",
      '""',
      "0.5",
    ),
  )
  .map(
    ([share, value]): Damage =>
      (bytes) => {
        const text = bytes.toString("latin1");
        const numbers = [...text.matchAll(/-?\d+(?:\.\d+)?|"[a-zA-Z0-9_.]*"|true|false|null/g)];
        const found = numbers[Math.floor(share * numbers.length)];
        if (found === undefined) return bytes;
        return Buffer.from(
          text.slice(0, found.index) + value + text.slice(found.index + found[0].length),
          "latin1",
        );
      },
  );

/** Random damage to a whole file: bits, bytes, cuts, copies, extreme numbers; now and then arbitrary bytes instead. */
function damaged(whole: Uint8Array): fc.Arbitrary<Buffer> {
  const one = fc.oneof(flip, flipEarly, cut, drop, insert, copy, extreme, digits);
  return fc.oneof(
    {
      weight: 19,
      arbitrary: fc
        .array(one, { maxLength: 3 })
        .map((all) => all.reduce<Buffer>((b, d) => d(b), Buffer.from(whole))),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes): Buffer => Buffer.from(bytes)) },
  );
}

/**
 * Feeds 10,000 damaged files to a reader, which must take or refuse each. Any error but an InputError fails.
 * @returns how many were taken and refused
 */
export async function feed(
  whole: Uint8Array,
  read: (bytes: Buffer) => unknown,
  runs = 10_000,
): Promise<{ taken: number; refused: number }> {
  const counts = { taken: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(damaged(whole), async (bytes) => {
      try {
        await read(bytes);
        counts.taken += 1;
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        counts.refused += 1;
      }
    }),
    { numRuns: runs },
  );
  return counts;
}

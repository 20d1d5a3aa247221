import { existsSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memorySource } from "./byte-source.fixture.ts";
import { feed } from "./damage.fixture.ts";
import { llama2cTokenizerBytes } from "./llama2c.fixture.ts";
import { readLlama2cTokenizer } from "./llama2c-tokenizer.ts";
import { loadTokenizer } from "./load-tokenizer.ts";
import { decodeContinuation, type Tokenizer } from "./tokenizer.ts";

const letters = [" ", "a", "b", "c", "é"].map((c, i) => [c, -100 - i] as const);
const merges = [
  ["ab", -1],
  ["bc", -2],
  [" ab", -3],
  ["abc", -4],
  ["aa", -2],
] as const;
const whole = llama2cTokenizerBytes([...letters, ...merges]);
const first = 259;
const id = Object.fromEntries([...letters, ...merges].map(([text], i) => [text, first + i]));
const read = (bytes: Uint8Array) => readLlama2cTokenizer(memorySource(bytes, "tok.bin"));

/** llama2.c's own loop: look through all neighbours, merge the best, again. */
function slowMerge(score: (piece: string) => number | undefined, characters: string[]): string[] {
  const pieces = [...characters];
  for (;;) {
    let best = -1;
    for (let i = 0; i + 1 < pieces.length; i++) {
      const found = score(pieces[i]! + pieces[i + 1]!);
      if (found !== undefined && (best < 0 || found > score(pieces[best]! + pieces[best + 1]!)!)) best = i;
    }
    if (best < 0) return pieces;
    pieces.splice(best, 2, pieces[best]! + pieces[best + 1]!);
  }
}

describe("encoding", () => {
  it("puts a space first, merges the best score first, and falls back to bytes", async () => {
    const tokenizer = await read(whole);
    expect(tokenizer.vocabSize).toBe(269);
    expect(tokenizer.encode("")).toEqual([]);
    expect(tokenizer.encode("abc")).toEqual([id[" ab"], id.c]);
    expect(tokenizer.encode("cabc")).toEqual([id[" "], id.c, id.abc]);
    expect(tokenizer.encode("aaa")).toEqual([id[" "], id.aa, id.a]);
    expect(tokenizer.encode("é€", { addSpecialTokens: true })).toEqual([
      1,
      id[" "],
      id.é,
      3 + 0xe2,
      3 + 0x82,
      3 + 0xac,
    ]);
  });

  it("never makes control or byte pieces of a text", async () => {
    const tricky = llama2cTokenizerBytes([
      ...letters,
      ["<", -1],
      ["s", -1],
      [">", -1],
      ["<s", -2],
      ["\n", -1],
      ["\n<", -1],
      ["<s>", -1],
    ]);
    const tokenizer = await read(tricky);
    for (const text of ["\n<s>\n", "<0x41>", "<unk>"]) {
      expect(tokenizer.encode(text).filter((token) => token < 3)).toEqual([]);
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }
  });

  it("agrees with the plain loop", async () => {
    const pieces = fc.uniqueArray(
      fc.string({ unit: fc.constantFrom("a", "b", "c", " "), minLength: 2, maxLength: 5 }),
      { maxLength: 25 },
    );
    const scored = pieces.chain((texts) =>
      fc.tuple(...texts.map((text) => fc.tuple(fc.constant(text), fc.integer({ min: -9, max: 0 })))),
    );
    await fc.assert(
      fc.asyncProperty(
        scored,
        fc.string({ unit: fc.constantFrom("a", "b", "c", " "), maxLength: 40 }),
        async (more, text) => {
          const all = [...letters, ...more];
          const tokenizer = await read(llama2cTokenizerBytes(all));
          const scores = new Map(all);
          const expected = text === "" ? [] : slowMerge((piece) => scores.get(piece), [" ", ...text]);
          expect(tokenizer.encode(text)).toEqual(
            expected.map((piece) => first + all.findIndex(([t]) => t === piece)),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it("is quick on a long run of one letter", async () => {
    const doubles = Array.from({ length: 12 }, (_, i) => ["a".repeat(2 ** (i + 1)), -i] as const);
    const tokenizer = await read(llama2cTokenizerBytes([...letters, ...doubles]));
    const ids = tokenizer.encode("a".repeat(2 ** 16));
    expect(tokenizer.decode(ids)).toBe("a".repeat(2 ** 16));
    expect(ids.length).toBeLessThan(40);
  });
});

describe("decoding", () => {
  it("gives back any text", async () => {
    const tokenizer = await read(whole);
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom("a", "b", "c", " ") })),
        (text) => {
          expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
          const ids = tokenizer.encode(text, { addSpecialTokens: true });
          expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe(text);
        },
      ),
    );
  });

  it("shows special pieces unless told not to, leaves out unknown ids, refuses what is no id", async () => {
    const tokenizer = await read(whole);
    expect(tokenizer.decode([1, id[" ab"]!, 2])).toBe("\n<s>\nab\n</s>\n");
    expect(tokenizer.decode([1, id[" ab"]!, 2], { skipSpecialTokens: true })).toBe("ab");
    expect(tokenizer.decode([id.a!, 5000, id.b!])).toBe("ab");
    expect(() => tokenizer.decode([-1])).toThrow(RangeError);
    expect(() => tokenizer.decode([1.5])).toThrow(RangeError);
  });

  it("keeps the space and the character between a prompt and its continuation", async () => {
    const tokenizer = await read(whole);
    expect(decodeContinuation(tokenizer, tokenizer.encode("ab"), [id[" ab"]!])).toBe(" ab");
    expect(decodeContinuation(tokenizer, [], [id[" ab"]!])).toBe("ab");
    const [space, ...euro] = tokenizer.encode("€");
    expect(decodeContinuation(tokenizer, [space!, euro[0]!], euro.slice(1))).toBe("€");
  });
});

describe("bad input", () => {
  const patched = (offset: number, value: number) => {
    const bytes = Buffer.from(whole);
    bytes.writeInt32LE(value, offset);
    return bytes;
  };
  it.each<[string, Buffer, RegExp]>([
    ["an empty file", Buffer.alloc(0), /too short/],
    ["a cut in a head", whole.subarray(0, 10), /last piece is cut off \(found piece 0/],
    [
      "a cut in a piece",
      whole.subarray(0, 14),
      /length can't be right \(found 5 at piece 0, expected 0 to 2/,
    ],
    ["a negative length", patched(8, -5), /length can't be right \(found -5 at piece 0/],
    ["a length beyond the longest", patched(8, 1000), /length can't be right \(found 1000 at piece 0/],
    ["a score that is not finite", patched(4, 0x7fc00000), /score is not a finite number/],
    ["no bytes", whole.subarray(0, 44), /no piece for a byte/],
  ])("is refused: %s", async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toMatchObject({
      name: "InputError",
      message: expect.stringMatching(message),
    });
    await expect(read(bytes)).rejects.toThrow(/^tok\.bin: /);
  });

  it("is taken or refused in 10,000 damaged copies", async () => {
    const counts = await feed(whole, async (bytes) => {
      const source = memorySource(bytes);
      const tokenizer: Tokenizer = await readLlama2cTokenizer(source);
      expect(source.bytesRead).toBe(bytes.length);
      const ids = tokenizer.encode("abc é€", { addSpecialTokens: true });
      expect(Math.max(...ids)).toBeLessThan(tokenizer.vocabSize);
      tokenizer.decode(ids);
    });
    expect(counts.taken).toBeGreaterThan(300);
    expect(counts.refused).toBeGreaterThan(3000);
  });
});

const real = join(import.meta.dirname, "../../../shared/data/models/stories260K/tok512.bin");
if (!existsSync(real)) console.warn(`skipped: no real llama2.c tokenizer at ${real}`);

it.skipIf(!existsSync(real))("reads the tokenizer of stories260K", async () => {
  const tokenizer = await loadTokenizer(real);
  expect(tokenizer.vocabSize).toBe(512);
  const ids = tokenizer.encode("Once upon a time");
  expect(ids.map((_, i) => decodeContinuation(tokenizer, ids.slice(0, i), [ids[i]!]))).toEqual([
    "Once",
    " upon",
    " a",
    " time",
  ]);
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }),
  );
});

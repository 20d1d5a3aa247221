import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BpeOptions, trainBpe } from "./bpe-train.ts";
import { byteCharacters, gpt2Words, toByteCharacters } from "./byte-level.ts";
import { createHfTokenizer, type TokenizerFiles } from "./hf-tokenizer.ts";

type Json = {
  added_tokens: { id: number; content: string }[];
  model: { vocab: Record<string, number>; merges: string[] };
};
const train = async (texts: string[], options: Partial<BpeOptions> & { vocabSize: number }) => {
  const files = await trainBpe(texts, options);
  return { files, ...(files.tokenizer as Json) };
};

/** The textbook algorithm: count all pairs, merge the most frequent, count again. */
function slowMerges(texts: string[], count: number, minFrequency: number): string[] {
  const alphabet = [...byteCharacters].sort();
  const order = new Map(alphabet.map((token, i) => [token, i]));
  const words = texts.flatMap((text) =>
    (text.match(gpt2Words) ?? []).map((word) => [...toByteCharacters(word)]),
  );
  const merges: string[] = [];
  let size = order.size;
  while (order.size < size + count && order.size - 256 < count) {
    const counts = new Map<string, number>();
    for (const word of words) {
      for (let i = 0; i + 1 < word.length; i++) {
        const pair = `${word[i]} ${word[i + 1]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const rank = (pair: string) => pair.split(" ").map((token) => order.get(token)!) as [number, number];
    const best = [...counts]
      .filter(([, n]) => n >= minFrequency)
      .sort(([p, n], [q, m]) => m - n || rank(p)[0] - rank(q)[0] || rank(p)[1] - rank(q)[1])[0]?.[0];
    if (best === undefined) return merges;
    const [left, right] = best.split(" ") as [string, string];
    merges.push(best);
    if (!order.has(left + right)) order.set(left + right, size++);
    for (const word of words) {
      for (let i = 0; i + 1 < word.length; i++)
        if (word[i] === left && word[i + 1] === right) word.splice(i, 2, left + right);
    }
  }
  return merges;
}

const letters = fc.string({ unit: fc.constantFrom("a", "b", "c", "d", " ", "1", "."), maxLength: 60 });

describe("training", () => {
  it("learns the merges that counting anew at every step gives", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(letters, { maxLength: 4 }),
        fc.nat(25),
        fc.constantFrom(1, 2),
        async (texts, merges, minFrequency) => {
          const { model } = await train(texts, { vocabSize: 257 + merges, minFrequency });
          expect(model.merges).toEqual(slowMerges(texts, merges, minFrequency));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("merges the most frequent pair first, and by smaller ids among equals", async () => {
    const { model } = await train(["abab cd ab ab"], { vocabSize: 259 });
    expect(model.merges).toEqual(["a b", "Ġ ab"]);
    expect((await train(["cd ab", "cd ab"], { vocabSize: 258, minFrequency: 1 })).model.merges).toEqual([
      "a b",
    ]);
  });

  it("gives special tokens the first ids, bytes the next, merges the rest, each once", async () => {
    const options = { vocabSize: 300, bos: "<s>", eos: "</s>", pad: "<pad>", special: ["<|user|>"] };
    const { model, added_tokens, files } = await train(["the cat the cat the cat"], options);
    expect(added_tokens.map(({ id, content }) => [id, content])).toEqual([
      [0, "<s>"],
      [1, "</s>"],
      [2, "<pad>"],
      [3, "<|user|>"],
    ]);
    const ids = Object.values(model.vocab).sort((a, b) => a - b);
    expect(ids).toEqual(ids.map((_, i) => i));
    expect(Object.keys(model.vocab).length).toBe(260 + model.merges.length);
    expect(createHfTokenizer(files)).toMatchObject({ vocabSize: ids.length, bos: 0, eos: 1, pad: 2 });
  });

  it("does not depend on the order of texts, and stops where no pair repeats", async () => {
    const texts = ["one two", "two three", "three one", "unique"];
    const some = await train(texts, { vocabSize: 400 });
    expect(await train(texts.toReversed(), { vocabSize: 400 })).toEqual(some);
    expect(Object.keys(some.model.vocab).length).toBeLessThan(300);
    expect((await train([], { vocabSize: 400 })).model.merges).toEqual([]);
  });

  it("takes texts from a stream, and learns nothing from special tokens in them", async () => {
    async function* stream() {
      for (let i = 0; i < 5; i++) yield "<|endoftext|>x";
    }
    const files = await trainBpe(stream(), { vocabSize: 300 });
    expect((files.tokenizer as Json).model.merges).toEqual([]);
  });

  it("never merges bytes into the text of a special token", async () => {
    const { files } = await train(["hello hello hello"], { vocabSize: 300, special: ["Ġhello"] });
    const tokenizer = createHfTokenizer(files);
    expect(tokenizer.encode(" hello")).not.toContain(1);
    expect(tokenizer.encode("Ġhello")).toEqual([1]);
  });

  it.each<[string, Partial<BpeOptions>, RegExp]>([
    ["no room for bytes", { vocabSize: 256 }, /vocabSize", found 256, expected a whole number from 257/],
    ["no whole number", { vocabSize: 300.5 }, /found 300\.5/],
    ["a special token named twice", { special: ["<a>", "<a>"] }, /found "<a>"/],
    ["an empty special token", { special: [""] }, /found ""/],
    ["a special token that is a byte", { eos: "x" }, /found "x"/],
  ])("refuses %s", async (_, options, message) => {
    await expect(trainBpe([], { vocabSize: 300, ...options })).rejects.toMatchObject({
      name: "InputError",
      message: expect.stringMatching(message),
    });
  });
});

describe("a trained tokenizer, run by the library", () => {
  let files: Promise<TokenizerFiles> | undefined;
  const english =
    "She said: \"it's the cat's mat, isn't it?\" They'll see 12 cats and 345 dogs by the sea. ".repeat(3);
  const tokenizer = async () => {
    files ??= trainBpe([english, "naïve café — 日本語 日本語 😀😀 \n\n\t  x"], {
      vocabSize: 330,
      bos: "<s>",
    });
    return createHfTokenizer(await files);
  };

  it("gives back any text", async () => {
    const { encode, decode, vocabSize } = await tokenizer();
    const pieces = fc.constantFrom(
      " ",
      "\n",
      "\t",
      "\u0000",
      "\u0085",
      "\ufeff",
      "\u00a0",
      "'s",
      "the",
      "😀",
      "<s>",
      "<|endoftext|>",
      "é",
      "e\u0301",
      "\u200d",
      "7",
    );
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: "grapheme" }),
      fc.array(pieces, { maxLength: 30 }).map((all) => all.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const ids = encode(text);
        expect(decode(ids)).toBe(text);
        expect(ids.every((id) => id < vocabSize)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("reads half a surrogate pair as U+FFFD", async () => {
    const { encode, decode } = await tokenizer();
    expect(decode(encode("a\ud83d"))).toBe("a\ufffd");
  });

  it("splits words as the trainer did", async () => {
    const { encode } = await tokenizer();
    const texts = fc.string({
      unit: fc.constantFrom("a", " ", "\n", "\u0085", "\ufeff", "\u00a0", "7", "é", "'", "s", "!"),
    });
    fc.assert(
      fc.property(texts, (text) => {
        const apart = (text.match(gpt2Words) ?? []).flatMap((word) => encode(word));
        expect(encode(text)).toEqual(apart);
      }),
      { numRuns: 500 },
    );
  });

  it("saves tokens on text like its own, and puts BOS first when asked", async () => {
    const { encode, decode, bos, eos } = await tokenizer();
    expect(encode(english).length).toBeLessThan(0.6 * english.length);
    expect(encode("the cat", { addSpecialTokens: true })).toEqual([bos, ...encode("the cat")]);
    expect(encode("cat<|endoftext|>")).toEqual([...encode("cat"), eos]);
    expect(decode([bos!, ...encode("the cat"), eos!], { skipSpecialTokens: true })).toBe("the cat");
  });
});

it("writes each byte as a printable character of its own", () => {
  expect(new Set(byteCharacters).size).toBe(256);
  expect(toByteCharacters("a b\n")).toBe("aĠbĊ");
  for (const character of byteCharacters) expect(character).toMatch(/^[\p{L}\p{N}\p{P}\p{S}]$/u);
});

import { expect, test } from "vitest";
import { InputError } from "../../io/errors.ts";
import { trainBpe } from "../bpe-train.ts";
import { CHAT_TEMPLATE, TURN_TOKENS } from "../dialogue.ts";
import { createHfTokenizer } from "../hf-tokenizer.ts";
import { isHeldOut, tokenise } from "./documents.ts";

const options = { vocabSize: 260, special: TURN_TOKENS, chatTemplate: CHAT_TEMPLATE };
const tokenizer = createHfTokenizer(await trainBpe([], options));
const decode = (ids: Int32Array) => tokenizer.decode([...ids]);

test("documents end in the end-of-text token; prompts are read, and learned only if asked", async () => {
  const dialogue = { prompt: [{ role: "user", content: "ask" }], response: "reply" };
  const found = await tokenise(
    [
      { text: "one" },
      { ...dialogue, learn: "response" },
      { ...dialogue, learn: "all" },
      { text: "two ", continues: true },
      { text: "three" },
    ],
    tokenizer,
  );
  const range = (i: number): [number, number] => [found.starts[i]!, found.starts[i + 1]!];
  expect(found.starts).toHaveLength(6);
  expect([0, 1, 2, 3, 4].map((i) => decode(found.tokens.subarray(...range(i))))).toEqual([
    "one<|endoftext|>",
    "<|user|>ask<|assistant|>reply<|endoftext|>",
    "<|user|>ask<|assistant|>reply<|endoftext|>",
    "two ",
    "three<|endoftext|>",
  ]);
  expect([...found.learned.subarray(...range(1))]).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
  expect([...found.learned.subarray(...range(2))]).toEqual(new Array(11).fill(1));
  expect(found.learned.length).toBe(found.tokens.length);
});

test("many documents outgrow the first array", async () => {
  const texts = Array.from({ length: 300 }, (_, i) => ({ text: `${i} `.repeat(200) }));
  const found = await tokenise(texts, tokenizer);
  expect(decode(found.tokens.subarray(found.starts[299]))).toBe(`${texts[299]!.text}<|endoftext|>`);
  expect(found.starts.at(-1)).toBe(found.tokens.length);
});

test("no text, or no token to end it, is said", async () => {
  await expect(tokenise([], tokenizer)).rejects.toThrow(InputError);
  await expect(tokenise([{ text: "a" }], { ...tokenizer, eos: null })).rejects.toThrow(/end-of-text/);
});

test("reading stops when asked to", async () => {
  const texts = Array.from({ length: 1000 }, () => ({ text: "a" }));
  await expect(tokenise(texts, tokenizer, { signal: AbortSignal.abort(new Error("stop")) })).rejects.toThrow(
    "stop",
  );
});

test("the held-out share is met, and depends on text and seed alone", () => {
  const texts = Array.from({ length: 4000 }, (_, i) => `text ${i}`);
  const first = texts.filter((text) => isHeldOut(text, 1, 0.1));
  // within five standard deviations of the binomial
  expect(Math.abs(first.length - 400)).toBeLessThan(5 * Math.sqrt(4000 * 0.1 * 0.9));
  expect(
    texts
      .toReversed()
      .filter((text) => isHeldOut(text, 1, 0.1))
      .toReversed(),
  ).toEqual(first);
  expect(texts.filter((text) => isHeldOut(text, 2, 0.1))).not.toEqual(first);
});

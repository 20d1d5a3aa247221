import { existsSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { trainBpe } from "./bpe-train.ts";
import { smallLlama } from "./configs.fixture.ts";
import { createHfTokenizer } from "./hf-tokenizer.ts";
import { loadTokenizer } from "./load-tokenizer.ts";
import { loadModel } from "./model-files.ts";
import { randomWeights } from "./random-weights.fixture.ts";
import { encodeStart, endTokens, openSampler, openScorer, sampleText } from "./sample-text.ts";

const files = await trainBpe(["the cat sat on the mat, the dog sat on the cat"], { vocabSize: 270 });
const tokenizer = createHfTokenizer(files);
const config = { ...smallLlama, vocabSize: tokenizer.vocabSize, context: 64 };
const model = { config, weights: randomWeights(config, 3) };
const sampler = openSampler(model, { threads: 1 });
afterAll(() => sampler.dispose());
const prompts = ["the cat", "the dog sat"].map((text) => encodeStart(tokenizer, text));
const options = { seed: 5, maxNewTokens: 40, n: 4 };

test("the same seed gives the same texts; another gives others", async () => {
  const [first, again, other] = [
    await sampleText(sampler, tokenizer, prompts, options),
    await sampleText(sampler, tokenizer, prompts, options),
    await sampleText(sampler, tokenizer, prompts, { ...options, seed: 6 }),
  ];
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
  const texts = first.flat().map(({ text }) => text);
  expect(new Set(texts).size).toBe(8);
});

test("the text is what the tokens add; the mean is that of the log-probs", async () => {
  const groups = await sampleText(sampler, tokenizer, prompts, options);
  for (const [i, group] of groups.entries()) {
    for (const { text, tokens, logProbs, meanLogProb } of group) {
      const whole = tokenizer.decode([...prompts[i]!, ...tokens], { skipSpecialTokens: true });
      expect(whole.endsWith(text)).toBe(true);
      expect(meanLogProb).toBeCloseTo(logProbs.reduce((a, b) => a + b) / tokens.length, 12);
    }
  }
});

test("a stop text ends the sample and is cut off", async () => {
  const groups = await sampleText(sampler, tokenizer, prompts, options);
  const whole = groups[0]![0]!;
  const stop = [...whole.text].slice(5, 7).join("");
  const [stopped] = await sampleText(sampler, tokenizer, prompts, {
    ...options,
    stop: [stop, "never there"],
  });
  const found = stopped![0]!;
  expect(found.stopReason).toBe("stop");
  expect(found.text).toBe(whole.text.slice(0, whole.text.indexOf(stop)));
  expect(whole.tokens.slice(0, found.tokens.length)).toEqual(found.tokens);
  expect(found.tokens.length).toBeLessThan(whole.tokens.length);
});

test("a stop token counts among the tokens, not in the text", async () => {
  const whole = (await sampleText(sampler, tokenizer, prompts, options))[0]![0]!;
  const stop = whole.tokens[3]!;
  const found = (await sampleText(sampler, tokenizer, prompts, { ...options, stopTokens: [stop] }))[0]![0]!;
  const end = whole.tokens.indexOf(stop);
  expect(found).toMatchObject({ tokens: whole.tokens.slice(0, end + 1), stopReason: "stop" });
  const text = tokenizer.decode([...prompts[0]!, ...whole.tokens.slice(0, end)], { skipSpecialTokens: true });
  expect(text.endsWith(found.text)).toBe(true);
});

test("an empty prompt starts from the token that begins a text", () => {
  expect(encodeStart(tokenizer, "")).toEqual([tokenizer.bos ?? tokenizer.eos]);
  expect(encodeStart({ ...tokenizer, bos: null, eos: null }, "")).toEqual([]);
});

test("end tokens are those of the model's files and the tokenizer's, each once", () => {
  const tokens = { bos: null, eos: [tokenizer.eos!, 7], pad: null };
  expect(endTokens({ tokens }, tokenizer)).toEqual([tokenizer.eos, 7]);
});

const folder = new URL("../../../shared/data/models/stories260K/", import.meta.url).pathname;
const absent = !existsSync(folder);
if (absent) console.warn(`skipped: ${folder} is not there`);

describe.skipIf(absent)("stories260K", () => {
  test("goes on in English, of which it is sure", async () => {
    const stories = await loadModel(`${folder}stories260K.bin`);
    const pieces = await loadTokenizer(`${folder}tok512.bin`);
    const teller = openSampler(stories, { threads: 1 });
    const scorer = openScorer(stories, { threads: 1 });
    const prompt = encodeStart(pieces, "Once upon a time");
    const groups = await sampleText(teller, pieces, [prompt], {
      seed: 1,
      temperature: 0,
      maxNewTokens: 64,
      stopTokens: endTokens(stories, pieces),
    });
    const found = groups[0]![0]!;
    const words = found.text.toLowerCase().match(/[a-z']+/g)!;
    const common = new Set("a the and to was he she it in of with but had her his they said".split(" "));
    expect(words.filter((word) => common.has(word)).length / words.length).toBeGreaterThan(0.3);
    expect(found.text).toMatch(/^[\w\s.,'"!?-]+$/);
    expect(found.meanLogProb).toBeGreaterThan(-0.6);
    const [full] = await scorer.logProbs([[...prompt, ...found.tokens]]);
    for (const [i, x] of found.logProbs.entries()) {
      expect(Math.abs(full![prompt.length - 1 + i]! - x)).toBeLessThan(1e-4);
    }
    await teller.dispose();
    await scorer.dispose();
  });
});

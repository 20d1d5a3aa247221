import { existsSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { State } from "../engine/index.ts";
import { InputError } from "../io/errors.ts";
import { smallGpt2, smallLlama, smallQwen2 } from "./configs.fixture.ts";
import { loadModel } from "./model-files.ts";
import { weightValues } from "./network.ts";
import { randomStreams } from "./random-streams.ts";
import { randomWeights } from "./random-weights.fixture.ts";
import { logProbs, referenceForward, referenceGreedy } from "./reference-forward.fixture.ts";
import { Sampler } from "./sampler.ts";
import type { Sample } from "./sequence.ts";
import { TokenScorer } from "./token-scorer.ts";

const checkpoint = new URL("../../../shared/data/models/stories260K/stories260K.bin", import.meta.url)
  .pathname;
const absent = !existsSync(checkpoint);
if (absent) console.warn(`skipped: ${checkpoint} is not there`);

const prompts = [[3], [1, 2, 3, 4, 5, 6, 7], [18, 0, 5], [9, 9]];

describe.each(Object.entries({ gpt2: smallGpt2, llama: smallLlama, qwen2: smallQwen2 }))("%s", (_, base) => {
  // a context above the least number of slots, so that the cache grows
  const config = { ...base, context: 100 };
  const weights = randomWeights(config, 4);
  const state = new State(weightValues(config, weights));
  const sampler = new Sampler(config, state, { threads: 1 });
  const scorer = new TokenScorer(config, state, { threads: 1 });
  afterAll(async () => {
    await sampler.dispose();
    await scorer.dispose();
  });

  test("greedy ragged prompts give the tokens and log-probs of plain loops", async () => {
    const found = await sampler.sample(prompts, {
      maxNewTokens: 8,
      temperature: 0,
      random: randomStreams(1),
    });
    for (const [i, prompt] of prompts.entries()) {
      const expected = referenceGreedy(config, weights, prompt, 8);
      const [sample] = found[i] as [Sample];
      expect(sample.stopReason).toBe("length");
      expect([...prompt, ...sample.tokens]).toEqual(expected.ids);
      expectClose(sample.logProbs, expected.logProbs);
    }
  });

  test("log-probs from the cache equal those of one full pass, while the cache grows", async () => {
    const found = await sampler.sample(prompts, { maxNewTokens: 80, n: 2, random: randomStreams(2) });
    const samples = found.flatMap((group, i) => group.map((sample) => ({ ...sample, prompt: prompts[i]! })));
    const full = await scorer.logProbs(samples.map(({ prompt, tokens }) => [...prompt, ...tokens]));
    for (const [i, { prompt, tokens, logProbs }] of samples.entries()) {
      expect(tokens).toHaveLength(80);
      expectClose(logProbs, full[i]!.slice(prompt.length - 1));
    }
  });

  test("a full pass equals plain loops", async () => {
    const sequence = prompts[1]!;
    const [found] = await scorer.logProbs([sequence]);
    const reference = referenceForward(config, weights, sequence).map(logProbs);
    expectClose(
      found!,
      sequence.slice(1).map((id, t) => reference[t]![id]!),
    );
  });

  test("a sample does not depend on its batch mates, nor on the size of the batch", async () => {
    const random = randomStreams(3);
    const options = { maxNewTokens: 20, temperature: 0.8, topK: 12, topP: 0.95, n: 3, random };
    const together = await sampler.sample(prompts, options);
    const alone = await sampler.sample([prompts[2]!], { ...options, random: (_, j) => random(2, j) });
    const narrow = new Sampler(config, state, { threads: 1, maxBatch: 3 });
    const apart = await narrow.sample(prompts, options);
    await narrow.dispose();
    expect(alone[0]!.map(({ tokens }) => tokens)).toEqual(together[2]!.map(({ tokens }) => tokens));
    expect(apart.map((group) => group.map(({ tokens }) => tokens))).toEqual(
      together.map((group) => group.map(({ tokens }) => tokens)),
    );
  });

  test("first tokens are as frequent as softmax(logits / temperature) says", async () => {
    const [temperature, draws] = [1.7, 4000];
    const wide = new Sampler(config, state, { threads: 1, maxBatch: draws });
    const options = { maxNewTokens: 1, temperature, n: draws, random: randomStreams(8) };
    const [samples] = await wide.sample([prompts[1]!], options);
    await wide.dispose();
    const logits = referenceForward(config, weights, prompts[1]!).at(-1)!;
    const expected = logProbs(logits.map((x) => x / temperature)).map(Math.exp);
    const counts = new Array<number>(config.vocabSize).fill(0);
    for (const { tokens } of samples!) counts[tokens[0]!]! += 1;
    for (const [id, p] of expected.entries()) {
      // five standard errors of a binomial count
      expect(Math.abs(counts[id]! - draws * p)).toBeLessThanOrEqual(5 * Math.sqrt(draws * p * (1 - p)));
    }
  });

  test("rows that stop leave the others as they would be", async () => {
    const options = { maxNewTokens: 60, n: 8, random: randomStreams(5) };
    const whole = await sampler.sample(prompts, options);
    const stopped = await sampler.sample(prompts, { ...options, stopTokens: [0, 1, 2] });
    for (const [i, group] of stopped.entries()) {
      for (const [j, { tokens, stopReason }] of group.entries()) {
        const all = whole[i]![j]!.tokens;
        const end = all.findIndex((id) => id <= 2);
        expect(tokens).toEqual(end === -1 ? all : all.slice(0, end + 1));
        expect(stopReason).toBe(end === -1 ? "length" : "stop");
      }
    }
    expect(new Set(stopped.flat().map(({ tokens }) => tokens.length)).size).toBeGreaterThan(5);
  });

  test("a sequence ends with the context", async () => {
    const long = Array.from({ length: 97 }, (_, i) => i % 19);
    const [group] = await sampler.sample([long], { maxNewTokens: 50, random: randomStreams(1) });
    expect(group![0]).toMatchObject({ stopReason: "context" });
    expect(group![0]!.tokens).toHaveLength(3);
    const full = await scorer.logProbs([[...long, ...group![0]!.tokens]]);
    expectClose(group![0]!.logProbs, full[0]!.slice(96));
  });
});

describe("inputs", () => {
  const sampler = new Sampler(smallGpt2, new State(weightValues(smallGpt2, randomWeights(smallGpt2, 1))));
  const options = { maxNewTokens: 4, random: randomStreams(1) };
  test.each([
    ["a prompt as long as the context", [new Array<number>(16).fill(1)], /16 tokens.*at most 15/],
    ["an empty prompt", [[1], []], /no tokens/],
    ["a token beyond the vocabulary", [[19]], /from 0 to 18/],
    ["a token that is no whole number", [[0.5]], /from 0 to 18/],
  ])("%s is refused", async (_, bad, message) => {
    await expect(sampler.sample(bad, options)).rejects.toThrow(InputError);
    await expect(sampler.sample(bad, options)).rejects.toThrow(message);
  });

  test("options out of range are refused", async () => {
    await expect(sampler.sample([[1]], { ...options, maxNewTokens: 0 })).rejects.toThrow(RangeError);
    await expect(sampler.sample([[1]], { ...options, n: 1.5 })).rejects.toThrow(RangeError);
    await expect(sampler.sample([[1]], { ...options, topP: 0 })).rejects.toThrow(RangeError);
  });

  test("an aborted call stops, and the next one works", async () => {
    const abort = new AbortController();
    const stopped = sampler.sample([[1]], {
      ...options,
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    await expect(stopped).rejects.toThrow(/abort/i);
    expect((await sampler.sample([[1]], options))[0]![0]!.tokens).toHaveLength(4);
    await sampler.dispose();
  });
});

test.skipIf(absent)("stories260K: log-probs from the cache equal a full pass and plain loops", async () => {
  const { config, weights } = await loadModel(checkpoint);
  const state = new State(weightValues(config, weights));
  const sampler = new Sampler(config, state, { threads: 1 });
  const scorer = new TokenScorer(config, state, { threads: 1 });
  const greedy = await sampler.sample([[1]], { maxNewTokens: 24, temperature: 0, random: randomStreams(1) });
  const expected = referenceGreedy(config, weights, [1], 24);
  expect([1, ...greedy[0]![0]!.tokens]).toEqual(expected.ids);
  expectClose(greedy[0]![0]!.logProbs, expected.logProbs);
  const [samples] = await sampler.sample([[1]], { maxNewTokens: 150, n: 2, random: randomStreams(2) });
  const full = await scorer.logProbs(samples!.map(({ tokens }) => [1, ...tokens]));
  for (const [i, { logProbs }] of samples!.entries()) expectClose(logProbs, full[i]!);
  await sampler.dispose();
  await scorer.dispose();
});

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < found.length; i++) expect(Math.abs(found[i]! - expected[i]!)).toBeLessThan(1e-4);
}

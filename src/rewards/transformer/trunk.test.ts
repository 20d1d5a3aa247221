import { expect, test } from "vitest";
import { compile, graph, int64, Session } from "../../engine/index.ts";
import { forward, weightValues } from "../../models/index.ts";
import { makePairs } from "../pairs.fixture.ts";
import type { RewardItem } from "../reward-model.ts";
import { pooledLength } from "./pooled-pass.ts";
import { encodeItem } from "./sequence.ts";
import { transformerModel } from "./transformer-model.ts";
import { makeModel, tokenizer } from "./trunk.fixture.ts";
import { createTrunk } from "./trunk.ts";

const model = makeModel();
const items: RewardItem[] = makePairs(11).flatMap(({ prompt, chosen, rejected }) => [
  { prompt, response: chosen },
  { prompt, response: rejected },
]);
const session = { threads: 1 };
const largest = (a: Float32Array, b: Float32Array) => Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

/** Hidden states of one sequence without padding, [tokens, dim]. */
async function hiddenStates(tokens: readonly number[]): Promise<Float32Array[]> {
  const pass = forward(graph(), model.config, { batch: 1, length: tokens.length });
  const run = await Session.open(compile({ hidden: pass.hidden }), session);
  const feeds = { ...weightValues(model.config, model.weights), ids: int64([...tokens], [1, tokens.length]) };
  const { hidden } = await run.run(feeds);
  await run.dispose();
  return tokens.map((_, i) => (hidden!.data as Float32Array).slice(16 * i, 16 * (i + 1)));
}

test("a vector is the mean state of the response, its last state, the one before, and the log of its length", async () => {
  const item = items[3]!;
  const { tokens, response } = encodeItem(tokenizer, item, 64);
  const states = await hiddenStates(tokens);
  const [vector] = await createTrunk(model, tokenizer, { length: 64, session }).vectors([item]);
  const own = states.slice(response);
  const mean = Array.from({ length: 16 }, (_, j) => own.reduce((sum, s) => sum + s[j]!, 0) / own.length);
  const expected = Float32Array.from([...mean, ...states.at(-1)!, ...states.at(-2)!, Math.log(own.length)]);
  expect(vector).toHaveLength(pooledLength(model.config));
  expect(largest(vector!, expected)).toBeLessThan(1e-5);
});

test("an item alone and in any company has the same vector, in the order asked", async () => {
  const options = { length: 64, session };
  const together = await createTrunk(model, tokenizer, options).vectors(items);
  const reversed = await createTrunk(model, tokenizer, options).vectors([...items].reverse());
  const alone = createTrunk(model, tokenizer, options);
  for (const i of [0, 7, 21]) {
    const [vector] = await alone.vectors([items[i]!]);
    expect(vector).toEqual(together[i]);
    expect(reversed[21 - i]).toEqual(together[i]);
  }
  expect(await alone.vectors([])).toEqual([]);
});

test("runs asked for at once wait for each other, and what was seen is remembered", async () => {
  const trunk = createTrunk(model, tokenizer, { length: 64, session });
  const [a, b] = await Promise.all([trunk.vectors(items.slice(0, 9)), trunk.vectors(items.slice(4, 12))]);
  expect(b![0]).toBe(a![4]);
});

test("a run stops when asked to, and the trunk can still be used", async () => {
  const trunk = createTrunk(model, tokenizer, { length: 64, session });
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(trunk.vectors(items, { signal })).rejects.toThrow("enough");
  expect(await trunk.vectors(items.slice(0, 2))).toHaveLength(2);
});

test("odd text gets a finite reward", async () => {
  const trunk = createTrunk(model, tokenizer, { length: 64, session });
  const head = Float32Array.from({ length: pooledLength(model.config) }, (_, i) => i - 8);
  const reward = transformerModel("m", "helpful", { trunk, head });
  const prompt = [{ role: "user" as const, content: "\ud800 q" }];
  const odd = ["", " ", "😀\u0000", "x".repeat(50_000)].map((response) => ({ prompt, response }));
  const rewards = await reward.score([...odd, { prompt: [], response: "" }]);
  expect([...rewards].every(Number.isFinite)).toBe(true);
  expect(new Set(rewards).size).toBeGreaterThan(3);
});

test("what is too long loses the prompt's beginning first, then the response's end", () => {
  const item = { prompt: [{ role: "user" as const, content: "q".repeat(30) }], response: "abcdef" };
  const whole = encodeItem(tokenizer, item, 1000);
  const response = whole.tokens.slice(whole.response);
  expect(tokenizer.decode(response)).toBe("abcdef<|endoftext|>");
  const cut = encodeItem(tokenizer, item, response.length + 4);
  expect(cut).toEqual({ tokens: whole.tokens.slice(-response.length - 4), response: 4 });
  const short = encodeItem(tokenizer, item, 4);
  expect(short).toEqual({ tokens: [...response.slice(0, 3), tokenizer.eos], response: 0 });
});

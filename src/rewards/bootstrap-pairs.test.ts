import { expect, test } from "vitest";
import { promptHash } from "../preferences/index.ts";
import { createRandom } from "../stats/random.ts";
import { bootstrapPairs } from "./bootstrap-pairs.ts";
import { makePairs } from "./pairs.fixture.ts";

/** 40 prompts with two pairs each. */
const single = makePairs(40);
const pairs = single.flatMap((pair) => [pair, { ...pair, id: `${pair.id}.2`, weight: 0.5 }]);

test("draws as many prompts as there are, and weighs all pairs of one alike", () => {
  const drawn = bootstrapPairs(pairs, createRandom(7));
  const times = new Map<string, Set<number>>();
  for (const { id, prompt, weight } of drawn) {
    const hash = promptHash(prompt);
    times.set(hash, (times.get(hash) ?? new Set()).add(weight / (id.endsWith(".2") ? 0.5 : 1)));
  }
  expect(drawn.length).toBe(2 * times.size);
  expect([...times.values()].every((counts) => counts.size === 1)).toBe(true);
  expect([...times.values()].reduce((sum, [count]) => sum + count!, 0)).toBe(40);
});

test("leaves out a share (1 − 1/n)ⁿ of the prompts on average", () => {
  const random = createRandom(1);
  const resamples = 400;
  let kept = 0;
  for (let b = 0; b < resamples; b++) kept += bootstrapPairs(single, random).length;
  expect(1 - kept / (resamples * 40)).toBeCloseTo((1 - 1 / 40) ** 40, 2);
});

test("hangs on the seed and on which prompts there are, not on the order of the pairs", () => {
  const weights = (list: typeof pairs, seed: number) =>
    Object.fromEntries(bootstrapPairs(list, createRandom(seed)).map(({ id, weight }) => [id, weight]));
  expect(weights([...pairs].reverse(), 3)).toEqual(weights(pairs, 3));
  expect(weights(pairs, 4)).not.toEqual(weights(pairs, 3));
});

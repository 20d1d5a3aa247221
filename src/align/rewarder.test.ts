import { describe, expect, test, vi } from "vitest";
import { InputError } from "../io/errors.ts";
import { bootstrapPairs, ensemble, type RewardModel, trainNgram } from "../rewards/index.ts";
import { makePairs } from "../rewards/pairs.fixture.ts";
import { createRandom } from "../stats/random.ts";
import { createRewarder, type RetryOptions } from "./rewarder.ts";
import { oneGroup } from "./utilities/batch.fixture.ts";
import { lscSumUtility } from "./utilities/shaped-sums.ts";
import { utilitiesOf } from "./utility.ts";

const prompt = [{ role: "user" as const, content: "q" }];
const items = ["a", "bb", "ccc"].map((response) => ({ prompt, response }));

/** A model whose answers are given one by one; the last is given again and again. */
function scripted(...answers: (() => number[] | Promise<number[]>)[]) {
  const score = vi.fn(async () => {
    const answer = answers[Math.min(score.mock.calls.length, answers.length) - 1]!;
    return Float64Array.from(await answer());
  });
  const model: RewardModel = { name: "scripted", value: "helpful", score };
  return { score, of: (options?: RetryOptions) => createRewarder(new Map([["helpful", model]]), options) };
}

const good = () => [1, 2, 3];
const fails = () => {
  throw new Error("connection refused");
};
const hangs = () => new Promise<number[]>(() => {});

describe("answers that can't be used stop the work at once", () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY])("a reward of %s", async (bad) => {
    const { of, score } = scripted(() => [1, bad, 3]);
    const failure = of({ waitMs: 1 }).score(items);
    await expect(failure).rejects.toThrow(InputError);
    await expect(failure).rejects.toThrow(
      new RegExp(`"helpful" \\(scripted\\) gave a reward that is not a number .*found ${bad}.*--resume`),
    );
    expect(score).toHaveBeenCalledTimes(1);
  });

  test.each([[[1, 2]], [[1, 2, 3, 4]]])("another number of rewards: %j", async (answer) => {
    const failure = scripted(() => answer)
      .of()
      .score(items);
    await expect(failure).rejects.toThrow(`wrong number of rewards (found ${answer.length}, expected 3)`);
  });

  test("an input that the model refuses is not sent again", async () => {
    const { of, score } = scripted(() => {
      throw new InputError({ problem: "too long for the model" });
    });
    await expect(of({ waitMs: 1 }).score(items)).rejects.toThrow("too long for the model");
    expect(score).toHaveBeenCalledTimes(1);
  });
});

describe("a model that fails", () => {
  test("twice, then answers: the answer is the same as of one that never failed", async () => {
    const { of, score } = scripted(fails, fails, good);
    expect(await of({ waitMs: 1 }).score(items)).toEqual([Float64Array.of(1, 2, 3)]);
    expect(score).toHaveBeenCalledTimes(3);
  });

  test("waits twice as long before each further try", async () => {
    const times: number[] = [];
    const { of } = scripted(() => {
      times.push(performance.now());
      return times.length < 4 ? fails() : good();
    });
    await of({ waitMs: 20 }).score(items);
    const waits = times.slice(1).map((time, i) => time - times[i]!);
    for (const [i, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(20 * 2 ** i - 2);
  });

  test("always: says how often, why, and what to do", async () => {
    const { of, score } = scripted(fails);
    await expect(of({ retries: 2, waitMs: 1 }).score(items)).rejects.toThrow(
      /"helpful" \(scripted\) failed 3 times \(found connection refused\)\. .*--resume/,
    );
    expect(score).toHaveBeenCalledTimes(3);
  });
});

describe("a model that hangs", () => {
  test("once: asked again once the time is up", async () => {
    const { of, score } = scripted(hangs, good);
    expect(await of({ waitMs: 1, timeoutMs: 10 }).score(items)).toEqual([Float64Array.of(1, 2, 3)]);
    expect(score).toHaveBeenCalledTimes(2);
  });

  test("always: given up, and said so", async () => {
    const failure = scripted(hangs).of({ retries: 1, waitMs: 1, timeoutMs: 10 }).score(items);
    await expect(failure).rejects.toThrow("failed 2 times (found no answer within 0.01 s)");
  });

  test("is told when its time is up", async () => {
    const reasons: boolean[] = [];
    const model: RewardModel = {
      name: "slow",
      value: "helpful",
      score: (_, options) =>
        new Promise((_, reject) => {
          options!.signal!.addEventListener("abort", () => {
            reasons.push(true);
            reject(new Error("stopped"));
          });
        }),
    };
    const rewarder = createRewarder(new Map([["helpful", model]]), { retries: 0, timeoutMs: 10 });
    await expect(rewarder.score(items)).rejects.toThrow("no answer");
    expect(reasons).toEqual([true]);
  });
});

describe("an abort", () => {
  test("ends the wait before a retry", async () => {
    const { of, score } = scripted(fails);
    const stop = new AbortController();
    const failure = of({ waitMs: 3_600_000 }).score(items, { signal: stop.signal });
    await vi.waitFor(() => expect(score).toHaveBeenCalled());
    await Promise.resolve();
    stop.abort();
    await expect(failure).rejects.toHaveProperty("name", "AbortError");
    expect(score).toHaveBeenCalledTimes(1);
  });

  test("ends the wait for an answer, even of a model that does not heed it", async () => {
    const { of, score } = scripted(hangs);
    const stop = new AbortController();
    const failure = of().score(items, { signal: stop.signal });
    stop.abort();
    await expect(failure).rejects.toHaveProperty("name", "AbortError");
    expect(score.mock.calls.length).toBeLessThanOrEqual(1);
  });
});

test("where one model has failed, the others are not waited for, nor asked again", async () => {
  const later = vi.fn(async () => fails());
  const models = new Map<string, RewardModel>([
    ["a", { name: "bad", value: "a", score: async () => Float64Array.of(Number.NaN, 0, 0) }],
    ["b", { name: "failing", value: "b", score: later }],
  ]);
  await expect(createRewarder(models, { waitMs: 20 }).score(items)).rejects.toThrow('"a" (bad)');
  const calls = later.mock.calls.length;
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(later.mock.calls.length).toBe(calls);
});

describe("trained models", () => {
  test("an n-gram model's own rewards come through, in the order of the values", async () => {
    const [helpful, kind] = await Promise.all(
      ["helpful", "kind"].map((value, i) => trainNgram(makePairs(60, { seed: i + 1, value }), { seed: 1 })),
    );
    const rewarder = createRewarder(
      new Map([
        ["kind", kind!.model],
        ["helpful", helpful!.model],
      ]),
    );
    expect(rewarder.values).toEqual(["kind", "helpful"]);
    const asked = ["stone kindly path", "stone grumpy path"].map((response) => ({ prompt, response }));
    const [first, second] = await rewarder.score(asked);
    expect(first).toEqual(await kind!.model.score(asked));
    expect(second).toEqual(await helpful!.model.score(asked));
    expect(second![0]!).toBeGreaterThan(second![1]!);
  });

  test("fits on bootstrap resamples, as an ensemble, stand behind a utility and cost what they disagree on", async () => {
    const pairs = makePairs(80, { lengthBias: 0.3 });
    const fits = await Promise.all(
      [1, 2, 3].map((seed) => trainNgram(bootstrapPairs(pairs, createRandom(seed)), { seed: 1 })),
    );
    const members = fits.map(({ model, info }) => ({ model, temperature: info.calibration.temperature }));
    const anchor = () => "stone";
    const asked = ["stone kindly path", "stone grumpy path", "stone"].map((response) => ({
      prompt,
      response,
    }));
    const columns = await Promise.all(
      members.map(async ({ model, temperature }) => {
        const rewards = await model.score(asked);
        return rewards.map((r) => (r - rewards[2]!) / temperature);
      }),
    );
    const careful = ensemble(members, { kind: "mean-minus-std", lambda: 0.5 }, anchor);
    const rewards = await createRewarder(new Map([["helpful", careful]])).score(asked);
    const expected = asked.map((_, i) => {
      const r = columns.map((column) => column[i]!);
      const mean = (r[0]! + r[1]! + r[2]!) / 3;
      return mean - 0.5 * Math.sqrt(r.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 3);
    });
    for (const [i, reward] of rewards[0]!.entries()) expect(reward).toBeCloseTo(expected[i]!, 9);
    expect(new Set(columns.map((column) => column[0])).size).toBe(3);

    const utility = lscSumUtility([
      { value: "helpful", temperature: 1, reference: { kind: "fixed", global: 0, otherwise: "global" } },
    ]);
    const u = utilitiesOf(utility, oneGroup(rewards));
    expect(u[0]!).toBeGreaterThan(u[1]!);
    // the anchor itself: r = 0 for every member
    expect(u[2]!).toBeCloseTo(-Math.LN2, 12);
  });
});

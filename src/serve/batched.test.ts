import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RewardItem, RewardModel } from "../rewards/index.ts";
import { createRandom } from "../stats/random.ts";
import { type BatchOptions, batched } from "./batched.ts";
import { echoModel, rewardOf } from "./echo-model.fixture.ts";
import { ServeError } from "./serve-error.ts";

const items = (caller: number, count: number): RewardItem[] =>
  Array.from({ length: count }, (_, i) => ({ prompt: [], response: `${caller}/${i}` }));

type Fate = "answered" | "failed" | "left";

describe("batched", () => {
  test("each of many callers gets its own rewards, whatever fails and whoever leaves beside it", async () => {
    const caller = fc.record({
      count: fc.integer({ min: 0, max: 9 }),
      poisoned: fc.boolean(),
      leaves: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
      arrives: fc.integer({ min: 0, max: 4 }),
    });
    const options: fc.Arbitrary<BatchOptions> = fc.record({
      maxBatch: fc.integer({ min: 1, max: 8 }),
      concurrency: fc.integer({ min: 1, max: 3 }),
      maxWaitMs: fc.constantFrom(0, 1),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(caller, { minLength: 1, maxLength: 12 }),
        options,
        fc.integer(),
        async (callers, limits, seed) => {
          const sizes: number[] = [];
          const model = batched(echoModel({ random: createRandom(seed) }), {
            ...limits,
            onBatch: (size) => sizes.push(size),
          });
          const fates = callers.map(async ({ count, poisoned, leaves, arrives }, c): Promise<Fate> => {
            const own = items(c, count);
            if (poisoned && count > 0) own[count - 1] = { prompt: [], response: "poison" };
            const abort = new AbortController();
            await turns(arrives);
            const asked = model.score(own, { signal: abort.signal });
            if (leaves !== undefined) void turns(leaves).then(() => abort.abort(new Error("left")));
            try {
              const rewards = await asked;
              expect(Array.from(rewards)).toEqual(own.map(rewardOf));
              return "answered";
            } catch (error) {
              return (error as Error).message === "left" ? "left" : "failed";
            }
          });
          (await Promise.all(fates)).forEach((fate, c) => {
            const { poisoned, count, leaves } = callers[c]!;
            // one that leaves may have been answered, or have failed, before
            if (leaves !== undefined && fate === "left") return;
            expect(fate, `caller ${c}`).toBe(poisoned && count > 0 ? "failed" : "answered");
          });
          expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(limits.maxBatch!);
          expect(model.queued()).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("calls of one turn go to the model together, in order", async () => {
    const asked: string[][] = [];
    const model = batched(recorder(asked));
    await Promise.all([model.score(items(1, 2)), model.score(items(2, 1)), model.score(items(3, 1))]);
    expect(asked).toEqual([["1/0", "1/1", "2/0", "3/0"]]);
  });

  test("a wait lets later calls join; a full batch does not wait", async () => {
    const asked: string[][] = [];
    const model = batched(recorder(asked), { maxWaitMs: 60_000, maxBatch: 2 });
    const first = model.score(items(1, 1));
    await turns(3);
    expect(asked).toEqual([]);
    await Promise.all([first, model.score(items(2, 1))]);
    expect(asked).toEqual([["1/0", "2/0"]]);
  });

  test("a full queue refuses and says when to come again; what waits is answered", async () => {
    const { model: inner, release } = heldModel();
    const model = batched(inner, { maxBatch: 1, maxQueued: 3 });
    const first = model.score(items(0, 1));
    await turns(2);
    const waiting = model.score(items(1, 3));
    const refused = await model.score(items(2, 1)).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ServeError);
    expect(refused).toMatchObject({ code: "busy", status: 429 });
    expect((refused as ServeError).retryAfter).toBeGreaterThanOrEqual(1);
    release();
    expect(Array.from(await first)).toEqual(items(0, 1).map(rewardOf));
    expect(Array.from(await waiting)).toEqual(items(1, 3).map(rewardOf));
  });

  test("more items than the queue ever holds are no reason to come again", async () => {
    const model = batched(echoModel(), { maxQueued: 3 });
    await expect(model.score(items(0, 4))).rejects.toMatchObject({ code: "too_large" });
    expect(model.queued()).toBe(0);
  });

  test("who leaves the queue is never sent to the model, and frees its place", async () => {
    const { model: inner, release, asked } = heldModel();
    const model = batched(inner, { maxQueued: 2 });
    const first = model.score(items(0, 1));
    await turns(2);
    const abort = new AbortController();
    const left = model.score(items(1, 2), { signal: abort.signal });
    abort.abort(new Error("left"));
    await expect(left).rejects.toThrow("left");
    expect(model.queued()).toBe(0);
    const last = model.score(items(2, 2));
    release();
    await Promise.all([first, last]);
    expect(asked.flat()).toEqual(["0/0", "2/0", "2/1"]);
  });

  test("a batch that all have left is aborted, and frees its place even if the model goes on", async () => {
    let aborted = false;
    let calls = 0;
    const model = batched({
      ...echoModel(),
      score(own, { signal } = {}) {
        calls += 1;
        if (calls > 1) return Promise.resolve(Float64Array.from(own, rewardOf));
        signal!.addEventListener("abort", () => {
          aborted = true;
        });
        return new Promise(() => {});
      },
    });
    const abort = new AbortController();
    const hung = model.score(items(0, 1), { signal: abort.signal });
    await turns(2);
    abort.abort(new Error("left"));
    await expect(hung).rejects.toThrow("left");
    expect(Array.from(await model.score(items(1, 2)))).toEqual(items(1, 2).map(rewardOf));
    expect(aborted).toBe(true);
  });

  test("an answer of another length reaches nobody", async () => {
    const model = batched({ ...echoModel(), score: async () => new Float64Array(1) });
    const both = await Promise.allSettled([model.score(items(0, 2)), model.score(items(1, 3))]);
    for (const each of both) expect(each).toMatchObject({ reason: { code: "upstream_failed" } });
  });
});

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((done) => setImmediate(done));
}

function recorder(asked: string[][]): RewardModel {
  const model = echoModel();
  return {
    ...model,
    score(own) {
      asked.push(own.map(({ response }) => response));
      return model.score(own);
    },
  };
}

/** Answers nothing before it is released. */
function heldModel() {
  const asked: string[][] = [];
  let release = () => {};
  const released = new Promise<void>((done) => {
    release = done;
  });
  const inner = recorder(asked);
  const model: RewardModel = {
    ...inner,
    async score(own) {
      const rewards = await inner.score(own);
      await released;
      return rewards;
    },
  };
  return { model, release, asked };
}

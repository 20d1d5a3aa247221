import fc from "fast-check";
import { expect, test } from "vitest";
import type { RewardItem, RewardModel } from "../rewards/index.ts";
import { createRandom } from "../stats/random.ts";
import { batched } from "./batched.ts";
import { echoModel } from "./echo-model.fixture.ts";
import { guarded } from "./guarded.ts";
import { LiveRequest } from "./live-request.ts";
import { createScorer } from "./scorer.ts";
import { ServeError } from "./serve-error.ts";
import { globalUtility, testObjective } from "./serving.fixture.ts";

const left = new ServeError("deadline", "left");

/** Fails of a poisoned batch, and gives a bewitched one a reward too few or one that is no number. */
function moody(value: string, seed: number): RewardModel {
  const model = echoModel({ value, random: createRandom(seed) });
  return {
    ...model,
    async score(items, caller) {
      const rewards = await model.score(items, caller);
      const says = (word: string) => (item: RewardItem) => item.response === `${value} ${word}`;
      if (items.some(says("short"))) return rewards.slice(1);
      for (const [i, item] of items.entries()) if (says("NaN")(item)) rewards[i] = Number.NaN;
      return rewards;
    },
  };
}

test("under a goal of two values each caller gets its own utilities or an error, whoever fails or leaves beside it", async () => {
  const objective = await testObjective();
  const caller = fc.record({
    count: fc.integer({ min: 0, max: 6 }),
    curse: fc.option(fc.constantFrom("poison", "helpful short", "safe short", "helpful NaN", "safe NaN"), {
      nil: undefined,
    }),
    leaves: fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined }),
    arrives: fc.integer({ min: 0, max: 5 }),
  });
  const limits = fc.record({
    maxBatch: fc.integer({ min: 1, max: 8 }),
    concurrency: fc.integer({ min: 1, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(caller, { minLength: 1, maxLength: 10 }),
      limits,
      fc.integer(),
      async (callers, options, seed) => {
        const queues = objective.values.map((value, v) =>
          batched(guarded(moody(value, seed + v), { failures: 1_000 }), options),
        );
        const scorer = createScorer(objective, new Map(queues.map((queue) => [queue.value, queue])));
        const asked = callers.map(async ({ count, curse, leaves, arrives }, c) => {
          const own: RewardItem[] = Array.from({ length: count }, (_, i) => ({
            prompt: [{ role: "user", content: `caller ${c}` }],
            response: `${c}/${i}`,
          }));
          const cursed = curse !== undefined && count > 0;
          if (cursed) own[count - 1] = { ...own[count - 1]!, response: curse };
          const request = new LiveRequest(undefined);
          await turns(arrives);
          if (leaves !== undefined) void turns(leaves).then(() => request.abort(left));
          const found = await request.until(scorer.score(own, request)).catch((error: unknown) => error);
          if (found === left) return expect(leaves).toBeDefined();
          if (cursed) return expect(found).toMatchObject({ code: "upstream_failed" });
          expect(found).not.toBeInstanceOf(Error);
          const { u } = found as Awaited<ReturnType<typeof scorer.score>>;
          expect(Array.from(u)).toEqual(own.map((item) => expect.closeTo(globalUtility(item), 10)));
        });
        await Promise.all(asked);
        expect(queues.map((queue) => queue.queued())).toEqual([0, 0]);
      },
    ),
    { numRuns: 150 },
  );
});

test("a reward that is finite, and whose distance from its reference is not, is the model's failure", async () => {
  const objective = await testObjective();
  const huge: RewardModel = { ...echoModel({ value: "safe" }), score: async () => Float64Array.of(1e308) };
  const models = new Map([["helpful", echoModel()] as const, ["safe", huge] as const]);
  await expect(createScorer(objective, models).score([{ prompt: [], response: "x" }])).rejects.toMatchObject({
    code: "upstream_failed",
    message: expect.stringContaining('of "safe"'),
  });
});

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((done) => setImmediate(done));
}

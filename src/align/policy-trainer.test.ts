import { describe, expect, test } from "vitest";
import { compile, graph, Session } from "../engine/index.ts";
import { type AdapterShape, adapterShapes, weightShapes } from "../models/index.ts";
import type { Algorithm, AlgorithmContext, ScoredRollouts } from "./algorithm.ts";
import { grpo } from "./algorithms/grpo.ts";
import { ppo } from "./algorithms/ppo.ts";
import { rloo } from "./algorithms/rloo.ts";
import { banditTrainer, prompt, runBandit, totalVariation } from "./bandit.fixture.ts";
import { type PolicyTrainer, rolloutMetrics } from "./policy-trainer.ts";
import { layOut } from "./token-layout.ts";

const algorithms: [string, () => Algorithm][] = [
  ["rloo", rloo],
  ["ppo", ppo],
  ["grpo", grpo],
];
const lora: AdapterShape = {
  rank: 4,
  alpha: 8,
  targets: ["query", "key", "value", "output", "gate", "up", "down"],
};
const schedule = { learningRate: 0.02, klWeight: 0.5 };

async function withTrainer<T>(
  options: { algorithm: Algorithm; seed?: number; lora?: AdapterShape },
  use: (trainer: PolicyTrainer) => Promise<T>,
): Promise<T> {
  const trainer = banditTrainer({ n: 32, seed: 1, modelSeed: 1, ...options });
  try {
    return await use(trainer);
  } finally {
    await trainer.dispose();
  }
}

async function steps(trainer: PolicyTrainer, count: number) {
  const all = [];
  for (let step = 1; step <= count; step++) all.push(await trainer.step([prompt], { step, ...schedule }));
  return all;
}

/** Copies: the state's own arrays are written over. */
const numbers = (trainer: PolicyTrainer, names: Iterable<string>) =>
  Object.fromEntries([...names].map((name) => [name, Array.from(trainer.state.get(name).data, Number)]));

describe.each(algorithms)("%s", (name, make) => {
  test("the same seed gives the same bytes, another seed others", async () => {
    const run = (seed: number) =>
      withTrainer({ algorithm: make(), seed }, async (trainer) => {
        const metrics = await steps(trainer, 5);
        return {
          weights: numbers(trainer, trainer.trained),
          metrics: metrics.map(({ seconds: _, ...rest }) => rest),
        };
      });
    const [first, again, other] = [await run(3), await run(3), await run(4)];
    expect(again).toEqual(first);
    expect(other.weights).not.toEqual(first.weights);
  });

  test("with LoRA only the adapter changes, and what the algorithm has of its own", async () => {
    await withTrainer({ algorithm: make(), lora }, async (trainer) => {
      const { config } = trainer.policy.model;
      const own = name === "ppo" ? ["valueHead.weight", "valueHead.bias"] : [];
      expect(trainer.trained).toEqual([...adapterShapes(config, lora).keys(), ...own]);
      const before = numbers(trainer, trainer.state.names);
      await steps(trainer, 3);
      const after = numbers(trainer, Object.keys(before));
      for (const each of trainer.trained) expect(after[each], each).not.toEqual(before[each]);
      for (const each of weightShapes(config).keys()) expect(after[each], each).toEqual(before[each]);
    });
  });

  test.each([undefined, lora])("the reference stays while the policy moves (adapter: %o)", async (lora) => {
    await withTrainer({ algorithm: make(), ...(lora && { lora }) }, async (trainer) => {
      const responses = [0, 1, 2, 3].map((token) => ({ promptIds: prompt.ids, tokens: [token] }));
      const given = Object.fromEntries(
        [...trainer.policy.model.weights].map(([each, x]) => [each, Array.from(x)]),
      );
      const before = await trainer.reference.compare(responses);
      await steps(trainer, 3);
      const after = await trainer.reference.compare(responses);
      for (const [i, { logProbs, referenceLogProbs, kl }] of after.entries()) {
        expect([...referenceLogProbs]).toEqual([...before[i]!.referenceLogProbs]);
        expect([...logProbs]).not.toEqual([...before[i]!.logProbs]);
        expect(kl[0]).toBeGreaterThan(0);
      }
      for (const [each, x] of trainer.policy.model.weights) expect(Array.from(x)).toEqual(given[each]);
    });
  });
});

test("with LoRA a policy moves towards π* too, as far as its small frozen unembedding lets it", async () => {
  const run = { algorithm: rloo(), gamma: 0.5, steps: 20, n: 64, learningRate: 0.05, seed: 1, lora };
  const { before, after, optimum } = await runBandit(run);
  expect(totalVariation(after, optimum)).toBeLessThan(0.95 * totalVariation(before, optimum));
});

/** Does nothing but look. */
function watcher(look: (batch: ScoredRollouts, context: AlgorithmContext) => Promise<void>): Algorithm {
  return {
    ...rloo(),
    async updates(batch, context) {
      await look(batch, context);
      return rloo().updates(batch, context);
    },
  };
}

test.each([undefined, lora])(
  "an algorithm's own pass is the policy that sampled (adapter: %o)",
  async (lora) => {
    let looked = 0;
    const algorithm = watcher(async ({ rollouts }, { config, state, pass }) => {
      const layout = layOut(rollouts, rollouts.length, config.context);
      const session = await Session.open(compile({ found: pass(graph(), layout.shape).logProbs }), {
        threads: 1,
      });
      const { found } = await session.run(layout.feeds, { state });
      await session.dispose();
      for (const [i, { logProbs, referenceLogProbs }] of rollouts.entries()) {
        expect(found!.data[i]).toBeCloseTo(logProbs[0]!, 5);
        looked += Number(Math.abs(logProbs[0]! - referenceLogProbs[0]!) > 1e-3);
      }
    });
    await withTrainer({ algorithm, ...(lora && { lora }) }, (trainer) => steps(trainer, 3));
    expect(looked).toBeGreaterThan(0);
  },
);

test("nothing decays unless asked: without a gradient nothing moves", async () => {
  const still: Algorithm = {
    ...rloo(),
    updates: async (batch, context) => rloo().updates({ ...batch, u: batch.u.map(() => 0) }, context),
  };
  await withTrainer({ algorithm: still }, async (trainer) => {
    const before = numbers(trainer, trainer.trained);
    // one utility for all and a policy at its reference: no advantage
    await trainer.step([prompt], { step: 1, ...schedule });
    expect(numbers(trainer, trainer.trained)).toEqual(before);
  });
});

test("a check that throws stops the step before anything is learned", async () => {
  await withTrainer({ algorithm: ppo() }, async (trainer) => {
    const before = numbers(trainer, trainer.trained);
    const step = trainer.step([prompt], {
      step: 1,
      ...schedule,
      check: async ({ kl }) => {
        throw new Error(`kl ${kl.exact}`);
      },
    });
    await expect(step).rejects.toThrow("kl 0");
    expect(numbers(trainer, trainer.trained)).toEqual(before);
    expect(trainer.updates).toBe(0);
  });
});

test("an algorithm's numbers are means over the updates of a step", async () => {
  await withTrainer({ algorithm: ppo({ epochs: 3, minibatches: 2 }) }, async (trainer) => {
    const [first, second] = await steps(trainer, 2);
    expect(trainer.updates).toBe(12);
    expect(first!.kl.exact).toBe(0);
    expect(second!.kl.exact).toBeGreaterThan(0);
    for (const { own } of [first!, second!]) {
      expect(Object.keys(own).sort()).toEqual(["clipFraction", "explainedVariance", "updateKl", "valueLoss"]);
      expect(own.clipFraction).toBeGreaterThanOrEqual(0);
      expect(own.clipFraction).toBeLessThanOrEqual(1);
      expect(own.updateKl).toBeGreaterThan(0);
    }
  });
});

test("means over rollouts, worked by hand", () => {
  const rollout = (logProbs: number[], reference: number[], ended: boolean) => ({
    prompt: 0,
    promptIds: [1],
    tokens: logProbs.map(() => 1),
    text: "",
    ended,
    logProbs: Float32Array.from(logProbs),
    referenceLogProbs: Float32Array.from(reference),
    kl: Float32Array.from(logProbs, () => 0.25),
    entropy: Float32Array.from(logProbs, (_, t) => t),
  });
  const rollouts = [rollout([-1, -2, -1], [-2, -2, -2], true), rollout([-1], [-0.5], false)];
  const u = Float64Array.of(-1, -2);
  const rewards = [Float64Array.of(4, 8), Float64Array.of(0, 1)];
  const found = rolloutMetrics({ prompts: [], n: 2, rollouts, rewards, u }, ["a", "b"]);
  expect(found).toMatchObject({
    utility: -1.5,
    entropy: 0.75,
    length: 2,
    ended: 0.5,
    rewards: { a: 6, b: 0.5 },
  });
  // log-ratios 1, 0, 1 and −0.5
  expect(found.kl.exact).toBeCloseTo(0.5, 12);
  expect(found.kl.k1).toBeCloseTo(0.75, 12);
  expect(found.kl.k2).toBeCloseTo((0.5 + 0.5 + 0.125) / 2, 12);
  expect(found.kl.k3).toBeCloseTo((2 * Math.exp(-1) + Math.exp(0.5) - 1.5) / 2, 12);
});

import { describe, expect, test } from "vitest";
import { banditTrainer, prompt, runBandit, totalVariation } from "../bandit.fixture.ts";
import { fakeBatch, fakeContext, gradientError, lossOf } from "../loss.fixture.ts";
import { dpo, rankedPairs } from "./dpo.ts";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Three responses of one prompt; log π − log π_ref is 0.5, −0.3 + 0.1 and 0. */
const three = fakeBatch(
  [
    { tokens: [2], u: -1, logProbs: [-1], references: [-1.5] },
    { tokens: [3, 4], u: -0.2, logProbs: [-1, -2], references: [-0.7, -2.1] },
    { tokens: [5], u: -3, logProbs: [-2], references: [-2] },
  ],
  3,
);
const now = new Map([
  [2, -1],
  [3, -1],
  [4, -2],
  [5, -2],
]);

describe("pairs", () => {
  test("all of them, the better one first, with the share of raters who would say so", () => {
    const [pairs] = rankedPairs(three, { labels: "soft", pairs: "all" });
    expect(pairs).toEqual([
      { chosen: 1, rejected: 0, label: expect.closeTo(sigmoid(0.8), 12) },
      { chosen: 1, rejected: 2, label: expect.closeTo(sigmoid(2.8), 12) },
      { chosen: 0, rejected: 2, label: expect.closeTo(sigmoid(2), 12) },
    ]);
    expect(rankedPairs(three, { labels: "hard", pairs: "best-worst" })).toEqual([
      [{ chosen: 1, rejected: 2, label: 1 }],
    ]);
  });

  test("equals: no pair where labels are hard, ½ where they are soft; the same response twice is no pair", () => {
    const one = { u: -1, logProbs: [-1], references: [-1] };
    const batch = fakeBatch(
      [
        { ...one, tokens: [2] },
        { ...one, tokens: [3] },
        { ...one, tokens: [4] },
        { ...one, tokens: [4] },
      ],
      2,
    );
    expect(rankedPairs(batch, { labels: "hard", pairs: "all" })).toEqual([]);
    expect(rankedPairs(batch, { labels: "soft", pairs: "all" })).toEqual([
      [{ chosen: 0, rejected: 1, label: 0.5 }],
    ]);
  });

  test("of many responses they are made within blocks of 32, and never across prompts", () => {
    const batch = fakeBatch(
      Array.from({ length: 80 }, (_, i) => ({ tokens: [i], u: -i, logProbs: [-1], references: [-1] })),
      40,
    );
    const blocks = rankedPairs(batch, { labels: "soft", pairs: "all" });
    expect(blocks.map((pairs) => pairs.length)).toEqual([496, 28, 496, 28]);
    const ends = blocks.map((pairs) => pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]));
    expect(ends.map((all) => [Math.min(...all), Math.max(...all)])).toEqual([
      [0, 31],
      [32, 39],
      [40, 71],
      [72, 79],
    ]);
  });
});

describe("loss", () => {
  test("worked by hand", async () => {
    const beta = 2;
    // margins of the pairs above: β(−0.2 − 0.5), β(−0.2 − 0), β(0.5 − 0)
    const margins = [-1.4, -0.4, 1];
    const labels = [0.8, 2.8, 2].map(sigmoid);
    for (const [kind, s] of [
      ["soft", labels],
      ["hard", [1, 1, 1]],
    ] as const) {
      const algorithm = dpo({ labels: kind });
      const [[part]] = (await algorithm.updates(three, fakeContext(beta))) as [[never]];
      const { loss, slopes } = await (await lossOf(algorithm, part))(now);
      const each = margins.map((m, p) => -s[p]! * Math.log(sigmoid(m)) - (1 - s[p]!) * Math.log(sigmoid(-m)));
      expect(loss).toBeCloseTo(each.reduce((a, b) => a + b) / 3, 5);
      // ∂/∂m = σ(m) − s; token 3 stands in the better response of the first two pairs
      const pull = margins.map((m, p) => (beta * (sigmoid(m) - s[p]!)) / 3);
      expect(slopes.get(3)).toBeCloseTo(pull[0]! + pull[1]!, 5);
      expect(slopes.get(4)).toBeCloseTo(pull[0]! + pull[1]!, 5);
      expect(slopes.get(2)).toBeCloseTo(-pull[0]! + pull[2]!, 5);
      expect(slopes.get(5)).toBeCloseTo(-pull[1]! - pull[2]!, 5);
      expect(algorithm.metrics?.()).toEqual({ pairs: 3, pairAccuracy: 1 / 3 });
    }
  });

  test("its gradient agrees with finite differences", async () => {
    const algorithm = dpo();
    const [[part]] = (await algorithm.updates(three, fakeContext(0.7))) as [[never]];
    expect(await gradientError(algorithm, part, now)).toBeLessThan(1e-4);
  });

  test("is at its minimum, pair by pair, where log π/π_ref = u/γ + constant", async () => {
    const gamma = 0.5;
    const algorithm = dpo();
    const [[part]] = (await algorithm.updates(three, fakeContext(gamma))) as [[never]];
    const at = new Map([
      [2, -1.5 + -1 / gamma + 3],
      [3, -0.7 + -0.2 / gamma + 3],
      [4, -2.1],
      [5, -2 + -3 / gamma + 3],
    ]);
    const { slopes } = await (await lossOf(algorithm, part))(at);
    for (const slope of slopes.values()) expect(slope).toBeCloseTo(0, 6);
  });

  test("parts hold whole prompts, and together weigh each pair once", async () => {
    const batch = fakeBatch(
      Array.from({ length: 60 }, (_, i) => ({
        tokens: Array.from({ length: 1 + (i % 3) }, (_, t) => 100 * i + t),
        u: -(i % 7),
        logProbs: [-1, -1, -1].slice(0, 1 + (i % 3)),
        references: [-1, -1, -1].slice(0, 1 + (i % 3)),
      })),
      6,
    );
    const [parts] = await dpo({ epochs: 3 }).updates(batch, fakeContext(1));
    expect(parts).toHaveLength(2);
    const weights = parts!.map(({ feeds }) => (feeds.weights!.data as Float32Array).filter((w) => w > 0));
    expect(weights.map((some) => some.length)).toEqual([75, 75]);
    expect(weights.flatMap((some) => [...some]).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect(await dpo({ epochs: 3 }).updates(batch, fakeContext(1))).toHaveLength(3);
  });

  test("nothing to learn from, no update", async () => {
    const same = { tokens: [2], u: -1, logProbs: [-1], references: [-1] };
    expect(await dpo().updates(fakeBatch([same, same], 2), fakeContext(1))).toEqual([]);
  });
});

describe("on a bandit", () => {
  const run = { gamma: 0.5, n: 8, learningRate: 0.02, seed: 1 };

  test("soft labels reach π* ∝ π₀ exp(u/γ)", async () => {
    const { before, after, optimum } = await runBandit({ ...run, algorithm: dpo(), steps: 120 });
    expect(totalVariation(before, optimum)).toBeGreaterThan(0.2);
    expect(totalVariation(after, optimum)).toBeLessThan(0.01);
  });

  test("hard labels go past it, to the best response alone", async () => {
    const { after, optimum } = await runBandit({ ...run, algorithm: dpo({ labels: "hard" }), steps: 120 });
    expect(totalVariation(after, optimum)).toBeGreaterThan(0.3);
    expect(after[0]).toBeGreaterThan(0.9);
    expect(optimum[0]).toBeLessThan(0.5);
  });

  test("the same seed gives the same bytes", async () => {
    const weights = async () => {
      const trainer = banditTrainer({ algorithm: dpo({ epochs: 2 }), n: 8, seed: 3 });
      try {
        for (const step of [1, 2, 3])
          await trainer.step([prompt], { step, learningRate: 0.01, klWeight: 0.5 });
        return trainer.trained.map((name) =>
          Buffer.from(Float32Array.from(trainer.state.get(name).data as Float32Array).buffer),
        );
      } finally {
        await trainer.dispose();
      }
    };
    const [first, second] = [await weights(), await weights()];
    expect(first).toEqual(second);
    expect(first.length).toBeGreaterThan(0);
  });
});

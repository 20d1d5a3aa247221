import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { klEstimates } from "./kl-estimators.ts";
import type { Rollout } from "./rollout.ts";

/** A policy over two tokens as the probability of the first; rollouts of it, token by token. */
type Coin = { policy: number; reference: number };
const klOf = ({ policy: p, reference: q }: Coin) =>
  p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q));

function rollout(tokens: readonly number[], coins: readonly Coin[]): Rollout {
  const at = (key: keyof Coin) =>
    Float32Array.from(tokens, (token, t) => Math.log(token === 0 ? coins[t]![key] : 1 - coins[t]![key]));
  return {
    prompt: 0,
    promptIds: [0],
    tokens,
    text: "",
    ended: true,
    logProbs: at("policy"),
    referenceLogProbs: at("reference"),
    kl: Float32Array.from(coins, klOf),
    entropy: new Float32Array(tokens.length),
  };
}

describe("on a vocabulary of two tokens", () => {
  // π = (¾, ¼), π_ref = (½, ½): ℓ is log 1.5 for the first token and log 0.5 for the second
  const coin = { policy: 0.75, reference: 0.5 };

  test("one response, worked by hand", () => {
    const estimates = klEstimates([rollout([0, 1], [coin, coin])]);
    const [a, b] = [Math.log(1.5), Math.log(0.5)];
    expect(estimates.exact).toBeCloseTo(2 * (0.75 * a + 0.25 * b), 6);
    expect(estimates.k1).toBeCloseTo(a + b, 6);
    expect(estimates.k2).toBeCloseTo((a * a + b * b) / 2, 6);
    expect(estimates.k3).toBeCloseTo(1 / 1.5 - 1 + a + (2 - 1 + b), 6);
  });

  test("is the mean over responses of sums over tokens", () => {
    const [one, two] = [rollout([0], [coin]), rollout([1, 1, 0], [coin, coin, coin])];
    const [a, b, both] = [[one], [two], [one, two]].map((rollouts) => klEstimates(rollouts));
    for (const key of ["exact", "k1", "k2", "k3"] as const)
      expect(both![key]).toBeCloseTo((a![key] + b![key]) / 2, 12);
    expect(klEstimates([two]).exact).toBe([...two.kl].reduce((sum, kl) => sum + kl, 0));
  });

  test("all are 0 where policy and reference agree", () => {
    const same = { policy: 0.3, reference: 0.3 };
    expect(klEstimates([rollout([0, 1], [same, same])])).toEqual({ exact: 0, k1: 0, k2: 0, k3: 0 });
  });
});

const probability = fc.double({ min: 0.02, max: 0.98, noNaN: true });
const coins = fc.record({ policy: probability, reference: probability });

test("k1 and k3 are unbiased, by enumeration of all responses of two tokens; k3 and k2 are never negative", () => {
  // the second token's policies hang on the first token
  fc.assert(
    fc.property(coins, coins, coins, (start, afterFirst, afterSecond) => {
      const expected = { exact: 0, k1: 0, k3: 0 };
      for (const first of [0, 1]) {
        const next = first === 0 ? afterFirst : afterSecond;
        for (const second of [0, 1]) {
          const p =
            (first === 0 ? start.policy : 1 - start.policy) * (second === 0 ? next.policy : 1 - next.policy);
          const estimates = klEstimates([rollout([first, second], [start, next])]);
          expect(estimates.k2).toBeGreaterThanOrEqual(0);
          expect(estimates.k3).toBeGreaterThanOrEqual(-1e-12);
          for (const key of ["exact", "k1", "k3"] as const) expected[key] += p * estimates[key];
        }
      }
      // chain rule of the KL
      const truth = klOf(start) + start.policy * klOf(afterFirst) + (1 - start.policy) * klOf(afterSecond);
      for (const estimate of Object.values(expected)) expect(Math.abs(estimate - truth)).toBeLessThan(1e-5);
    }),
  );
});

test("k2 is biased: at (0.9, 0.1) against (0.5, 0.5) its mean is 0.285 where the KL is 0.368", () => {
  const coin = { policy: 0.9, reference: 0.5 };
  const mean = 0.9 * klEstimates([rollout([0], [coin])]).k2 + 0.1 * klEstimates([rollout([1], [coin])]).k2;
  expect(mean).toBeCloseTo(0.2849, 3);
  expect(klOf(coin)).toBeCloseTo(0.3681, 3);
});

test("a token that the reference all but rules out leaves every estimate finite", () => {
  const far = { ...rollout([0], [{ policy: 0.5, reference: 0.5 }]) };
  const up = klEstimates([{ ...far, referenceLogProbs: Float32Array.of(-1e4) }]);
  const down = klEstimates([{ ...far, logProbs: Float32Array.of(-1e4) }]);
  for (const value of [...Object.values(up), ...Object.values(down)])
    expect(value).toSatisfy(Number.isFinite);
  expect(down.k3).toBeCloseTo(Math.exp(10) - 11, 6);
});

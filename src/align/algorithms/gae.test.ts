import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEVIATION_FLOOR, gae, moments, whiten } from "./gae.ts";

const number = fc.double({ min: -5, max: 5, noNaN: true });
const steps = fc.array(fc.record({ reward: number, value: number }), { minLength: 1, maxLength: 12 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe("generalised advantage estimation", () => {
  test("worked by hand", () => {
    // δ = (1 + 2 − 1, 0 + 4 − 2, 3 − 4) = (2, 2, −1); A = (2 + 0.5·1.5, 2 + 0.5·(−1), −1)
    expect([...gae([1, 0, 3], [1, 2, 4], { lambda: 0.5, discount: 1 })]).toEqual([2.75, 1.5, -1]);
  });

  test("is Σ_k (discount·λ)^k δ_{t+k}, summed by brute force", () =>
    fc.assert(
      fc.property(steps, share, share, (episode, lambda, discount) => {
        const [rewards, values] = [episode.map(({ reward }) => reward), episode.map(({ value }) => value)];
        const found = gae(rewards, values, { lambda, discount });
        for (let t = 0; t < rewards.length; t++) {
          let sum = 0;
          for (let k = 0; t + k < rewards.length; k++) {
            const delta = rewards[t + k]! + discount * (values[t + k + 1] ?? 0) - values[t + k]!;
            sum += (discount * lambda) ** k * delta;
          }
          expect(found[t]).toBeCloseTo(sum, 9);
        }
      }),
    ));

  test("λ = 1 is the return to go less the value, λ = 0 the surprise of one step", () => {
    const [rewards, values] = [
      [1, -2, 4],
      [0.5, 3, -1],
    ];
    expect([...gae(rewards, values, { lambda: 1, discount: 1 })]).toEqual([2.5, -1, 5]);
    expect([...gae(rewards, values, { lambda: 0, discount: 1 })]).toEqual([3.5, -6, 5]);
  });
});

describe("whitening", () => {
  test("leaves mean 0 and deviation 1 over all lists, and the cuts as they were", () => {
    const found = whiten([Float64Array.of(1, 3), Float64Array.of(8)]);
    // mean 4, variance (9 + 1 + 16)/3
    const deviation = Math.sqrt(26 / 3) + DEVIATION_FLOOR;
    expect(found.map((list) => list.length)).toEqual([2, 1]);
    for (const [i, expected] of [-3, -1, 4].entries())
      expect(found.flatMap((list) => [...list])[i]).toBeCloseTo(expected / deviation, 12);
    expect(moments(found).deviation).toBeCloseTo(1, 4);
  });

  test("numbers equal but for rounding stay small", () => {
    const found = whiten([Float64Array.of(0.1, 0.1), Float64Array.of(0.1)]).flatMap((list) => [...list]);
    expect(Math.max(...found.map(Math.abs))).toBeLessThan(1e-12);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { softProbabilities } from "../../align/index.ts";
import { createRandom } from "../../stats/random.ts";
import { chooseCandidates } from "./choose.ts";

const rated = fc.array(fc.record({ u: fc.double({ min: -30, max: 0, noNaN: true }), unfit: fc.boolean() }), {
  minLength: 1,
  maxLength: 12,
});

test("n different candidates, the fit before the unfit, and best first where γ is 0", () => {
  fc.assert(
    fc.property(rated, fc.nat(11), fc.constantFrom(0, 0.5, 5), fc.nat(), (candidates, more, gamma, seed) => {
      const n = 1 + (more % candidates.length);
      const chosen = chooseCandidates(candidates, n, gamma, createRandom(seed));
      expect(new Set(chosen).size).toBe(n);
      const unfit = chosen.map((i) => candidates[i]!.unfit);
      expect(unfit).toEqual(unfit.toSorted());
      if (unfit.includes(true))
        expect(unfit.filter((x) => !x)).toHaveLength(candidates.filter((c) => !c.unfit).length);
      if (gamma > 0) return;
      for (let j = 1; j < n; j++) {
        const [a, b] = [chosen[j - 1]!, chosen[j]!];
        if (candidates[a]!.unfit !== candidates[b]!.unfit) continue;
        const falling = candidates[a]!.u - candidates[b]!.u || b - a;
        expect(falling).toBeGreaterThan(0);
      }
    }),
  );
});

describe("soft", () => {
  test("pairs are drawn with p(i) p(j)/(1 − p(i)), p ∝ exp(u/γ)", () => {
    const u = [-0.2, -1, -2.5];
    const draws = 20_000;
    const random = createRandom(5);
    const counts = new Map<string, number>();
    for (let d = 0; d < draws; d++) {
      const key = chooseCandidates(
        u.map((x) => ({ u: x, unfit: false })),
        2,
        0.8,
        random,
      ).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const p = softProbabilities(u, 0.8);
    for (const i of [0, 1, 2])
      for (const j of [0, 1, 2].filter((other) => other !== i)) {
        const share = (p[i]! * p[j]!) / (1 - p[i]!);
        const error = 4 * Math.sqrt((share * (1 - share)) / draws);
        expect(Math.abs((counts.get(`${i},${j}`) ?? 0) / draws - share)).toBeLessThan(error);
      }
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NonFiniteError } from "../engine/index.ts";
import { createRandom } from "../stats/random.ts";
import { checkChoice, drawToken, filterTokens, mostLikely } from "./token-choice.ts";

const normalised = (weights: Float32Array) => {
  const sum = weights.reduce((a, b) => a + b, 0);
  return Array.from(weights, (weight) => weight / sum);
};
const kept = (weights: Float32Array) => [...weights.keys()].filter((id) => weights[id]! > 0);

describe("by hand", () => {
  const model = Float32Array.of(1 / 8, 1 / 2, 1 / 4, 1 / 8);

  test("nothing set: the model's own probabilities", () => {
    expect([...filterTokens(model, {})]).toEqual([1 / 8, 1 / 2, 1 / 4, 1 / 8]);
  });
  test("top-k 2", () => expect([...filterTokens(model, { topK: 2 })]).toEqual([0, 1 / 2, 1 / 4, 0]));
  test("top-k 3 at a tie keeps the first", () => {
    expect(kept(filterTokens(model, { topK: 3 }))).toEqual([0, 1, 2]);
  });
  test("top-p ¾ is reached by two tokens", () => {
    expect([...filterTokens(model, { topP: 0.75 })]).toEqual([0, 1 / 2, 1 / 4, 0]);
  });
  test("top-p 0.8 needs three, and of equal ones the first", () => {
    expect(kept(filterTokens(model, { topP: 0.8 }))).toEqual([0, 1, 2]);
  });
  test("min-p ½ keeps what has ¼ or more", () => {
    expect([...filterTokens(model, { minP: 0.5 })]).toEqual([0, 1 / 2, 1 / 4, 0]);
  });
  test("top-p counts after top-k: 0.6 of ⅔ and ⅓ is reached by one", () => {
    expect(kept(filterTokens(model, { topK: 2, topP: 0.6 }))).toEqual([1]);
  });
  test("min-p counts after the others", () => {
    expect(kept(filterTokens(model, { topK: 3, topP: 0.9, minP: 0.5 }))).toEqual([1, 2]);
  });
  test("the model's row is left as it was", () => {
    filterTokens(model, { topK: 1 }, new Float32Array(10));
    expect([...model]).toEqual([1 / 8, 1 / 2, 1 / 4, 1 / 8]);
  });
  test("the most likely token is the first of several", () => {
    expect(mostLikely(Float32Array.of(-3, -1, -1))).toBe(1);
  });
  test("numbers that are none are refused", () => {
    expect(() => mostLikely(Float32Array.of(Number.NaN, 0))).toThrow(/not numbers/);
    expect(() => drawToken(Float32Array.of(Number.NaN, 0), {}, createRandom(1))).toThrow(NonFiniteError);
    expect(() => drawToken(Float32Array.of(0, 0), {}, createRandom(1))).toThrow(/not numbers/);
  });
});

/** Probabilities with ties among them. */
const probabilities = fc
  .array(fc.oneof(fc.double({ min: -30, max: 0, noNaN: true }), fc.constantFrom(-1, -2)), {
    minLength: 1,
    maxLength: 60,
  })
  .map((logs) => {
    const sum = logs.reduce((total, x) => total + Math.exp(x), 0);
    return Float32Array.from(logs, (x) => Math.exp(x) / sum);
  });

test("top-k keeps exactly k, the largest", () => {
  fc.assert(
    fc.property(probabilities, fc.integer({ min: 1, max: 70 }), (model, topK) => {
      const found = filterTokens(model, { topK });
      const ids = kept(found);
      expect(ids).toHaveLength(Math.min(topK, model.length));
      const least = Math.min(...ids.map((id) => model[id]!));
      for (const id of model.keys()) {
        if (ids.includes(id)) expect(found[id]).toBe(model[id]);
        else expect(model[id]).toBeLessThanOrEqual(least);
      }
    }),
  );
});

test("top-p keeps the smallest set that reaches p", () => {
  fc.assert(
    fc.property(probabilities, fc.double({ min: 0.01, max: 0.999, noNaN: true }), (model, topP) => {
      const all = normalised(model);
      const ids = kept(filterTokens(model, { topP }));
      const sum = ids.reduce((s, id) => s + all[id]!, 0);
      const least = Math.min(...ids.map((id) => all[id]!));
      expect(sum).toBeGreaterThanOrEqual(topP - 1e-9);
      expect(sum - least).toBeLessThan(topP + 1e-9);
      for (const id of all.keys()) if (!ids.includes(id)) expect(all[id]).toBeLessThanOrEqual(least);
    }),
  );
});

test("min-p keeps what has that share of the most likely", () => {
  fc.assert(
    fc.property(probabilities, fc.double({ min: 0, max: 1, noNaN: true }), (model, minP) => {
      const found = filterTokens(model, { minP });
      const top = Math.max(...model);
      for (const [id, p] of model.entries()) expect(found[id]).toBe(p >= minP * top ? p : 0);
      expect(kept(found)).not.toHaveLength(0);
    }),
  );
});

test.each([{}, { topK: 5 }, { topP: 0.8 }, { minP: 0.1 }, { topK: 8, topP: 0.9, minP: 0.02 }])(
  "frequencies match probabilities: %j",
  (options) => {
    const random = createRandom(11);
    const model = Float32Array.from({ length: 12 }, () => Math.exp(2 * random.normal()));
    const expected = normalised(filterTokens(model, options));
    const draws = 20_000;
    const counts = new Array<number>(12).fill(0);
    for (let i = 0; i < draws; i++) counts[drawToken(model, options, random)]! += 1;
    for (const [id, p] of expected.entries()) {
      // five standard errors of a binomial count
      const bound = 5 * Math.sqrt(draws * p * (1 - p));
      expect(Math.abs(counts[id]! - draws * p)).toBeLessThanOrEqual(bound);
    }
  },
);

test("rounding at the end of the vocabulary still gives a token that was kept", () => {
  const random = { ...createRandom(1), uniform: () => 1 - 2 ** -53 };
  const model = Float32Array.from({ length: 1000 }, (_, id) => Math.exp(Math.sin(id)));
  const ids = kept(filterTokens(model, { topK: 7 }));
  expect(ids).toContain(drawToken(model, { topK: 7 }, random));
});

test.each([
  { temperature: -1 },
  { temperature: Number.NaN },
  { topK: 0 },
  { topK: 1.5 },
  { topP: 0 },
  { topP: 1.1 },
  { minP: -0.1 },
  { minP: 2 },
])("%j is refused", (options) => {
  expect(() => checkChoice(options)).toThrow(RangeError);
  expect(() => checkChoice(options)).toThrow(Object.keys(options)[0]);
});

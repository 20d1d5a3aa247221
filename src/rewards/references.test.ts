import { describe, expect, test } from "vitest";
import type { Message } from "../preferences/index.ts";
import { createRandom } from "../stats/random.ts";
import { PROMPT_DIMENSION } from "./prompt-features.ts";
import { computeReferences, estimateReference, type ReferenceSamples } from "./references.ts";

const prompt = (content: string): Message[] => [{ role: "user", content }];
const sample = (promptHash: string, ...rewards: number[]): ReferenceSamples => ({
  promptHash,
  prompt: prompt(`question ${promptHash}`),
  rewards,
});
const samples = [sample("a", 1, 2, 3, 4, 5), sample("b", 10), sample("c", 7, 7), sample("d")];

/** Prompts with "loud" have rewards around 5, the others around 0. */
function world(prompts: number, seed: number): ReferenceSamples[] {
  const random = createRandom(seed);
  return Array.from({ length: prompts }, (_, i) => {
    const loud = i % 2 === 0;
    return {
      promptHash: `${seed}-${i}`,
      prompt: prompt(`${loud ? "a loud thing" : "a quiet thing"} number${random.below(50)}`),
      rewards: Float64Array.from({ length: 8 }, () => (loud ? 5 : 0) + random.normal()),
    };
  });
}

describe("references", () => {
  test("are one a prompt and one for all", () => {
    const { spec } = computeReferences(samples, { kind: "quantile", q: 0.75, otherwise: "global", seed: 1 });
    expect(spec).toEqual({
      kind: "quantile",
      q: 0.75,
      prompts: { a: 4, b: 10, c: 7 },
      // 1 2 3 4 5 7 7 10 at position 5.25
      global: 7,
      otherwise: "global",
    });
    expect(computeReferences(samples, { kind: "mean", seed: 1 }).spec).toMatchObject({
      prompts: { a: 3, b: 10, c: 7 },
      global: 39 / 8,
      otherwise: "error",
    });
    const { prompts } = computeReferences(samples, { kind: "normal-quantile", q: 0.5, seed: 1 }).spec;
    expect(prompts).toEqual({ a: 3, b: 10, c: 7 });
  });

  test("count prompts with no, one, or all equal samples", () => {
    const found = computeReferences(samples, { kind: "quantile", seed: 1 });
    expect(found).toMatchObject({
      prompts: 3,
      withoutSamples: 1,
      oneSample: 1,
      allEqual: 1,
      estimator: null,
    });
  });

  test("can be canned responses, also where the base was never sampled", () => {
    const canned = samples.map((one, i) => ({ ...one, canned: [i, i + 2] }));
    expect(computeReferences(canned, { kind: "canned-max", seed: 1 }).spec).toMatchObject({
      prompts: { a: 2, b: 3, c: 4, d: 5 },
      global: 3.5,
    });
    expect(computeReferences(canned, { kind: "canned-mean", seed: 1 }).spec.prompts).toEqual({
      a: 1,
      b: 2,
      c: 3,
      d: 4,
    });
  });

  test("can be reference responses (PAR) or a fixed number", () => {
    const { spec } = computeReferences(samples, { kind: "responses", responses: 2, seed: 1 });
    expect(spec.prompts).toEqual({ a: [1, 2], b: [10], c: [7, 7] });
    // quartiles of 1 2 3 4 5 7 7 10
    expect(spec.global).toEqual([2.75, 7]);
    expect(computeReferences(samples, { kind: "fixed", fixed: 1.5, seed: 1 }).spec).toEqual({
      kind: "fixed",
      global: 1.5,
      otherwise: "global",
    });
  });

  test("refuse what can't be a reference", () => {
    expect(() => computeReferences([sample("d")], { kind: "mean", seed: 1 })).toThrow("no base sample");
    for (const bad of [Number.NaN, Number.NEGATIVE_INFINITY]) {
      expect(() => computeReferences([sample("a", 1, bad)], { kind: "mean", seed: 1 })).toThrow(
        "prompt a is not a finite",
      );
    }
    const few = { kind: "quantile", otherwise: "estimator", seed: 1 } as const;
    expect(() => computeReferences(samples, few)).toThrow("at 20 prompts or more");
    expect(() => computeReferences(world(40, 1), { ...few, kind: "mean" })).toThrow("kind quantile");
  });
});

describe("the estimator", () => {
  const { spec, estimator } = computeReferences(world(300, 1), {
    kind: "quantile",
    q: 0.8,
    otherwise: "estimator",
    seed: 1,
  });

  test("knows prompts apart by their words", () => {
    // Φ⁻¹(0.8) = 0.8416
    expect(estimateReference(spec.estimator!, prompt("a loud thing number7"))).toBeCloseTo(5.84, 0);
    expect(estimateReference(spec.estimator!, prompt("a quiet thing number7"))).toBeCloseTo(0.84, 0);
    expect(estimator!.l2).not.toBeNull();
    expect(estimator!.pinball.estimator).toBeLessThan(0.5 * estimator!.pinball.constant);
  });

  test("reports a coverage that holds on prompts it never saw", () => {
    const { coverage } = spec.estimator!;
    expect(coverage.prompts).toBe(300);
    expect(coverage.ci95[0]).toBeLessThan(0.8);
    expect(coverage.ci95[1]).toBeGreaterThan(0.8);
    const fresh = world(1000, 2).map(({ prompt, rewards }) => {
      const estimate = estimateReference(spec.estimator!, prompt);
      return Array.from(rewards).filter((reward) => reward <= estimate).length / rewards.length;
    });
    expect(Math.abs(fresh.reduce((a, b) => a + b) / fresh.length - coverage.value)).toBeLessThan(0.03);
  });

  test("is a constant where prompts tell nothing", () => {
    const random = createRandom(9);
    const noise = world(60, 3).map((one) => ({
      ...one,
      rewards: Float64Array.from({ length: 8 }, () => random.normal()),
    }));
    const found = computeReferences(noise, { kind: "quantile", seed: 1 });
    const { weights } = found.spec.estimator!;
    expect(weights).toHaveLength(PROMPT_DIMENSION);
    expect(Math.max(...weights.map(Math.abs))).toBeLessThan(0.5);
  });

  test("is the same for the same seed, and refuses another feature map", () => {
    const again = computeReferences(world(300, 1), {
      kind: "quantile",
      q: 0.8,
      otherwise: "estimator",
      seed: 1,
    });
    expect(again.spec).toEqual(spec);
    expect(() => estimateReference({ ...spec.estimator!, features: "prompt/0" }, prompt("x"))).toThrow(
      "calibrate again",
    );
  });
});

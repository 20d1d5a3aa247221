import { describe, expect, test } from "vitest";
import { State } from "../engine/index.ts";
import { smallLlama as config } from "../models/configs.fixture.ts";
import {
  type AdapterShape,
  adapterShapes,
  adapting,
  initialAdapter,
  mergeAdapter,
  type Weights,
  weightValues,
} from "../models/index.ts";
import { randomWeights } from "../models/random-weights.fixture.ts";
import { logProbs, referenceForward } from "../models/reference-forward.fixture.ts";
import { createRandom } from "../stats/random.ts";
import { type Comparison, ReferencePolicy } from "./reference-policy.ts";
import type { ResponseTokens } from "./token-layout.ts";

const reference = randomWeights(config, 1);
const moved = randomWeights(config, 2);
const session = { threads: 1 };

/** More than are compared at a time, of all lengths, in no order. */
const random = createRandom(3);
const draw = (count: number) => Array.from({ length: count }, () => random.below(config.vocabSize));
const responses: ResponseTokens[] = Array.from({ length: 70 }, () => ({
  promptIds: draw(1 + random.below(6)),
  tokens: draw(1 + random.below(10)),
}));

/** By plain loops in double precision. */
function expectedOf(
  policy: Weights,
  { promptIds, tokens }: ResponseTokens,
): Record<keyof Comparison, number[]> {
  const ids = [...promptIds, ...tokens];
  const [own, other] = [policy, reference].map((weights) =>
    referenceForward(config, weights, ids).map(logProbs),
  );
  const at = tokens.map((token, t) => {
    const [p, q] = [own!, other!].map((rows) => rows[promptIds.length + t - 1]!) as [
      Float64Array,
      Float64Array,
    ];
    const mean = (f: (id: number) => number) => p.reduce((sum, x, id) => sum + Math.exp(x) * f(id), 0);
    return { p: p[token]!, q: q[token]!, kl: mean((id) => p[id]! - q[id]!), entropy: -mean((id) => p[id]!) };
  });
  return {
    logProbs: at.map(({ p }) => p),
    referenceLogProbs: at.map(({ q }) => q),
    kl: at.map(({ kl }) => kl),
    entropy: at.map(({ entropy }) => entropy),
  };
}

function expectAll(found: readonly Comparison[], policy: Weights): void {
  expect(found.length).toBe(responses.length);
  for (const [i, comparison] of found.entries()) {
    for (const [name, expected] of Object.entries(expectedOf(policy, responses[i]!))) {
      const numbers = comparison[name as keyof Comparison];
      expect(numbers.length).toBe(expected.length);
      for (const [t, value] of numbers.entries())
        expect(Math.abs(value - expected[t]!), `${name} of token ${t} of response ${i}`).toBeLessThan(1e-3);
    }
  }
}

describe("the comparison with the reference", () => {
  test("agrees with plain loops over the whole vocabulary, in the order asked", async () => {
    const policy = new ReferencePolicy(config, new State(weightValues(config, moved)), reference, session);
    try {
      expectAll(await policy.compare(responses), moved);
    } finally {
      await policy.dispose();
    }
  });

  test("of the reference with itself is zero everywhere", async () => {
    const state = new State(weightValues(config, reference));
    const policy = new ReferencePolicy(config, state, reference, session);
    try {
      for (const { logProbs, referenceLogProbs, kl, entropy } of await policy.compare(responses)) {
        expect([...logProbs]).toEqual([...referenceLogProbs]);
        expect(kl.every((nats) => nats === 0)).toBe(true);
        expect(entropy.every((nats) => nats > 0 && nats <= Math.log(config.vocabSize) + 1e-5)).toBe(true);
      }
    } finally {
      await policy.dispose();
    }
  });

  test("under an adapter, the reference is the plain network and the policy the merged one", async () => {
    const shape: AdapterShape = { rank: 2, alpha: 4, targets: ["query", "output", "down"] };
    const untrained = initialAdapter(config, shape, createRandom(5));
    // B starts at zero: an adapter that has learned something
    const weights = new Map(
      [...untrained.weights].map(([name, x]) => [name, x.map((v, i) => v + 0.2 * Math.sin(i))]),
    );
    const adapter = { ...untrained, weights };
    const state = new State(weightValues(config, reference));
    for (const [name, shape] of adapterShapes(config, adapter)) {
      state.set(name, { dtype: "float32", shape, data: weights.get(name)! });
    }
    const policy = new ReferencePolicy(config, state, reference, {
      ...session,
      adapt: (g) => adapting(g, config, adapter),
    });
    try {
      const found = await policy.compare(responses);
      expectAll(found, mergeAdapter(config, reference, adapter));
      expect(Math.max(...found.map(({ kl }) => Math.max(...kl)))).toBeGreaterThan(0.01);
      expect(state.names.some((name) => name.startsWith("reference."))).toBe(false);
    } finally {
      await policy.dispose();
    }
  });

  test("stops when asked to", async () => {
    const policy = new ReferencePolicy(config, new State(weightValues(config, moved)), reference, session);
    try {
      const stopped = policy.compare(responses, { signal: AbortSignal.abort(new Error("enough")) });
      await expect(stopped).rejects.toThrow("enough");
    } finally {
      await policy.dispose();
    }
  });
});

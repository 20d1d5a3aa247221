/** An algorithm's loss as a function of the log-probs of response tokens, without a policy. */
import { compile, float32, type Graph, gradient, graph, Session, State } from "../engine/index.ts";
import type { Algorithm, AlgorithmContext, AlgorithmPart, ScoredRollouts } from "./algorithm.ts";
import { banditModel } from "./bandit.fixture.ts";
import type { PolicyPass } from "./policy-pass.ts";

export type FakeRollout = {
  tokens: readonly number[];
  u: number;
  /** One a token, of the policy that sampled it. */
  logProbs: readonly number[];
  /** One a token. */
  references: readonly number[];
};

/** Rollouts as they would come from a policy, n of each prompt. */
export function fakeBatch(rollouts: readonly FakeRollout[], n: number): ScoredRollouts {
  return {
    prompts: Array.from({ length: rollouts.length / n }, (_, i) => ({
      promptHash: `${i}`,
      prompt: [],
      ids: [1],
    })),
    n,
    rollouts: rollouts.map(({ tokens, logProbs, references }, i) => ({
      prompt: Math.floor(i / n),
      promptIds: [1],
      tokens,
      text: tokens.join(" "),
      ended: true,
      logProbs: Float32Array.from(logProbs),
      referenceLogProbs: Float32Array.from(references),
      kl: new Float32Array(tokens.length),
      entropy: new Float32Array(tokens.length),
    })),
    rewards: [Float64Array.from(rollouts, ({ u }) => u)],
    u: Float64Array.from(rollouts, ({ u }) => u),
  };
}

export function fakeContext(klWeight: number): AlgorithmContext {
  return {
    config: banditModel(1).config,
    klWeight,
    seed: 1,
    state: new State(),
    session: { threads: 1 },
    pass: (_: Graph) => {
      throw new Error("no policy here");
    },
  };
}

/** The loss of a part with its gradient, for log-probs by token: in the test's rollouts no token occurs twice. */
export async function lossOf(
  algorithm: Algorithm,
  part: AlgorithmPart,
): Promise<
  (logProbs: ReadonlyMap<number, number>) => Promise<{ loss: number; slopes: Map<number, number> }>
> {
  const { shape, count, feeds } = part.layout;
  const g = graph();
  const logProbs = g.input("logProbs", "float32", [shape.tokens]);
  const { loss } = algorithm.loss(g, { logProbs } as PolicyPass, shape);
  const session = await Session.open(compile({ loss, slopes: gradient(loss, [logProbs])[0]! }), {
    threads: 1,
  });
  const targets = Array.from(feeds.targets.data as BigInt64Array, Number);
  return async (given) => {
    // what stands in the padding has no meaning, and must not matter
    const flat = targets.map((token, t) => (t < count ? given.get(token)! : -7));
    const outputs = await session.run({ ...part.feeds, logProbs: float32(flat) });
    const slopes = Array.from(outputs.slopes!.data as Float32Array);
    if (slopes.slice(count).some((slope) => slope !== 0)) throw new Error("padding has a gradient");
    return {
      loss: Number(outputs.loss!.data[0]),
      slopes: new Map(targets.slice(0, count).map((token, t) => [token, slopes[t]!])),
    };
  };
}

/** Largest difference between the gradient and central differences. */
export async function gradientError(
  algorithm: Algorithm,
  part: AlgorithmPart,
  at: ReadonlyMap<number, number>,
): Promise<number> {
  const run = await lossOf(algorithm, part);
  const { slopes } = await run(at);
  const step = 0.02;
  let worst = 0;
  for (const [token, slope] of slopes) {
    const up = (await run(new Map(at).set(token, at.get(token)! + step))).loss;
    const down = (await run(new Map(at).set(token, at.get(token)! - step))).loss;
    worst = Math.max(worst, Math.abs(slope - (up - down) / (2 * step)));
  }
  return worst;
}

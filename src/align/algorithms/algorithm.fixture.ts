/** Rollouts made by hand, and the loss of an algorithm on them with log-probs and hidden states given instead of computed. */
import {
  compile,
  float32,
  gradient,
  graph,
  logSoftmax,
  Session,
  State,
  type Tensor,
  type Value,
} from "../../engine/index.ts";
import type { TransformerConfig } from "../../models/index.ts";
import type { Algorithm, AlgorithmContext, AlgorithmPart, ScoredRollouts } from "../algorithm.ts";
import { policyPass, tokenInputs } from "../policy-pass.ts";
import type { Rollout } from "../rollout.ts";

export const smallest: TransformerConfig = {
  vocabSize: 8,
  context: 16,
  dim: 4,
  layers: 1,
  heads: 1,
  kvHeads: 1,
  headDim: 4,
  hidden: 4,
  norm: { kind: "rms", epsilon: 1e-5 },
  activation: "gated-silu",
  positions: { kind: "rotary", theta: 1e4 },
  attentionBias: "none",
  mlpBias: false,
  tiedEmbeddings: false,
};

/** A rollout of given log-probs under policy and reference, after a prompt of two tokens. */
export function rolloutOf(
  prompt: number,
  logProbs: readonly number[],
  referenceLogProbs: readonly number[],
): Rollout {
  return {
    prompt,
    promptIds: [1, 2],
    tokens: logProbs.map((_, t) => (t + 3) % smallest.vocabSize),
    text: "",
    ended: true,
    logProbs: Float32Array.from(logProbs),
    referenceLogProbs: Float32Array.from(referenceLogProbs),
    kl: new Float32Array(logProbs.length),
    entropy: new Float32Array(logProbs.length),
  };
}

export function scored(rollouts: readonly Rollout[], n: number, u: readonly number[]): ScoredRollouts {
  return { prompts: [], n, rollouts, rewards: [Float64Array.from(u)], u: Float64Array.from(u) };
}

export function contextOf(
  klWeight: number,
  state: Readonly<Record<string, Value>> = {},
  seed = 1,
): AlgorithmContext {
  return {
    config: smallest,
    klWeight,
    seed,
    state: new State(state),
    session: { threads: 1 },
    pass: (g, shape) => policyPass(g, smallest, tokenInputs(g, shape)),
  };
}

export type GivenLoss = {
  loss: number;
  metrics: Record<string, number>;
  /** Of the loss with regard to each response token's log-prob; padding included. */
  gradient: Float32Array;
};

/**
 * The loss of one part where the policy's log-probs are these.
 * @param logProbs in the order of the part's layout, without padding
 * @param own the algorithm's parameters
 */
export async function lossOf(
  algorithm: Algorithm,
  { layout, feeds }: AlgorithmPart,
  logProbs: readonly number[],
  own: Readonly<Record<string, Value>> = {},
): Promise<GivenLoss> {
  const { shape } = layout;
  const g = graph();
  const x = g.input("x", "float32", [shape.tokens]);
  const hidden = g.input("hidden", "float32", [shape.tokens, smallest.dim]);
  const distribution = logSoftmax(hidden);
  const built = algorithm.loss(g, { parameters: [], hidden, distribution, logProbs: x }, shape);
  const [dx] = gradient(built.loss, [x]) as [Tensor];
  const metrics = built.metrics ?? {};
  const session = await Session.open(compile({ loss: built.loss, dx, ...metrics }), { threads: 1 });
  try {
    const padded = new Float32Array(shape.tokens);
    padded.set(logProbs);
    const known = new Set([...session.program.inputs.map(({ name }) => name), ...session.program.idle]);
    const given: Record<string, Value> = {
      ...feeds,
      ...own,
      x: float32(padded, [shape.tokens]),
      hidden: float32(new Float32Array(shape.tokens * smallest.dim).fill(1), [shape.tokens, smallest.dim]),
    };
    const outputs = await session.run(
      Object.fromEntries(Object.entries(given).filter(([name]) => known.has(name))),
    );
    return {
      loss: Number(outputs.loss!.data[0]),
      metrics: Object.fromEntries(Object.keys(metrics).map((name) => [name, Number(outputs[name]!.data[0])])),
      gradient: outputs.dx!.data as Float32Array,
    };
  } finally {
    await session.dispose();
  }
}

/** The numbers of a feed, without padding. */
export const fed = ({ layout, feeds }: AlgorithmPart, name: string): number[] =>
  Array.from((feeds[name]!.data as Float32Array).subarray(0, layout.count));

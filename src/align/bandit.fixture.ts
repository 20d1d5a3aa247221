/**
 * A bandit: one prompt, one token to say, a utility for each token. Its optimum is known: π* ∝ π₀ exp(u/γ). The policy is a
 * real transformer of the smallest size, trained by the code that trains all others.
 */
import {
  initialWeights,
  learningRateAt,
  type ModelFiles,
  type Tokenizer,
  type TransformerConfig,
} from "../models/index.ts";
import { createRandom } from "../stats/random.ts";
import type { Algorithm } from "./algorithm.ts";
import { PolicyTrainer } from "./policy-trainer.ts";
import type { AlignPrompt } from "./rollout.ts";

const ARMS = 6;
export const UTILITIES = [-0.2, -1.5, -0.7, -3, -0.4, -1];

const config: TransformerConfig = {
  vocabSize: ARMS + 2,
  context: 16,
  dim: 16,
  layers: 1,
  heads: 2,
  kvHeads: 2,
  headDim: 8,
  hidden: 32,
  norm: { kind: "rms", epsilon: 1e-5 },
  activation: "gated-silu",
  positions: { kind: "rotary", theta: 1e4 },
  attentionBias: "none",
  mlpBias: false,
  tiedEmbeddings: false,
};

/** Token i is the letter a + i. */
const letters: Tokenizer = {
  vocabSize: config.vocabSize,
  bos: null,
  eos: null,
  pad: null,
  encode: (text) => [...text].map((letter) => letter.charCodeAt(0) - 97),
  decode: (ids) => ids.map((id) => String.fromCharCode(97 + id)).join(""),
  renderChat: null,
  save: async () => {},
};

export function banditModel(seed: number): ModelFiles {
  const weights = initialWeights(config, createRandom(seed));
  return { config, weights, tokens: { bos: null, eos: [], pad: null } };
}

export const prompt: AlignPrompt = {
  promptHash: "bandit",
  prompt: [{ role: "user", content: "h" }],
  ids: [ARMS + 1, ARMS],
};

export type BanditRun = {
  algorithm: Algorithm;
  gamma: number;
  steps: number;
  n: number;
  learningRate: number;
  seed: number;
};

/** @returns the policy before and after, and the optimum, over the whole vocabulary */
export async function runBandit({ algorithm, gamma, steps, n, learningRate, seed }: BanditRun) {
  const trainer = new PolicyTrainer({
    model: banditModel(seed),
    tokenizer: letters,
    format: "text",
    algorithm,
    rewarder: {
      values: ["u"],
      score: async (items) => [
        Float64Array.from(items, ({ response }) => utilityOf(response.charCodeAt(0) - 97)),
      ],
    },
    utility: { name: "u", describe: "", utilities: ({ rewards }) => rewards[0]! },
    n,
    maxNewTokens: 1,
    seed,
    optimiser: { weightDecay: 0, maxNorm: 1 },
    session: { threads: 1 },
  });
  try {
    const before = await distribution(trainer);
    for (let step = 1; step <= steps; step++) {
      const rate = learningRateAt(step, { learningRate, steps, warmup: 5, floor: 0.01 });
      await trainer.step([prompt], { step, learningRate: rate, klWeight: gamma });
    }
    const after = await distribution(trainer);
    const weights = before.map((p, arm) => p * Math.exp(utilityOf(arm) / gamma));
    const total = weights.reduce((a, b) => a + b);
    return { before, after, optimum: weights.map((w) => w / total) };
  } finally {
    await trainer.dispose();
  }
}

/** Tokens that are no arm are poor ones. */
const utilityOf = (arm: number): number => UTILITIES[arm] ?? -2;

/** π over the vocabulary after the prompt. */
async function distribution(trainer: PolicyTrainer): Promise<number[]> {
  const responses = Array.from({ length: config.vocabSize }, (_, arm) => ({
    promptIds: prompt.ids,
    tokens: [arm],
  }));
  const compared = await trainer.reference.compare(responses);
  return compared.map(({ logProbs }) => Math.exp(logProbs[0]!));
}

/** Total variation: half of Σ |p − q|. */
export const totalVariation = (p: readonly number[], q: readonly number[]): number =>
  p.reduce((sum, x, i) => sum + Math.abs(x - q[i]!), 0) / 2;

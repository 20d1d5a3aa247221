/**
 * A bandit: one prompt, one token to say (or a few), a utility for each response. Its optimum is known: π* ∝ π₀ exp(u/γ) over
 * all responses. The policy is a real transformer of the smallest size, trained by the code that trains all others.
 */
import {
  type AdapterShape,
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
const UTILITIES = [-0.2, -1.5, -0.7, -3, -0.4, -1];

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
export const letters: Tokenizer = {
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
  /** Of the model's weights; `seed` by default. */
  modelSeed?: number;
  /** Tokens of a response. Default 1. */
  length?: number;
  /** Of the tokens of a response; by default that of the bandit's arms. */
  utilityOf?: (tokens: readonly number[]) => number;
  lora?: AdapterShape;
};

export function banditTrainer(run: Omit<BanditRun, "gamma" | "steps" | "learningRate">): PolicyTrainer {
  const { algorithm, n, seed, modelSeed = seed, length = 1, utilityOf = armUtility, lora } = run;
  return new PolicyTrainer({
    model: banditModel(modelSeed),
    tokenizer: letters,
    format: "text",
    algorithm,
    rewarder: {
      values: ["u"],
      score: async (items) => [
        Float64Array.from(items, ({ response }) => utilityOf(letters.encode(response))),
      ],
    },
    utility: { name: "u", describe: "", utilities: ({ rewards }) => rewards[0]! },
    n,
    maxNewTokens: length,
    seed,
    session: { threads: 1 },
    ...(lora && { lora }),
  });
}

/** @returns the policy before and after, and the optimum, over all responses, in the order of `responses` */
export async function runBandit(run: BanditRun) {
  const { gamma, steps, learningRate, length = 1, utilityOf = armUtility } = run;
  const trainer = banditTrainer(run);
  const responses = allResponses(length);
  try {
    const before = await distribution(trainer, responses);
    for (let step = 1; step <= steps; step++) {
      const rate = learningRateAt(step, { learningRate, steps, warmup: 5, floor: 0.01 });
      await trainer.step([prompt], { step, learningRate: rate, klWeight: gamma });
    }
    const after = await distribution(trainer, responses);
    return { responses, before, after, optimum: tilted(before, responses.map(utilityOf), gamma) };
  } finally {
    await trainer.dispose();
  }
}

/** ∝ p exp(u/γ). */
export function tilted(p: readonly number[], u: readonly number[], gamma: number): number[] {
  const weights = p.map((each, i) => each * Math.exp(u[i]! / gamma));
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
}

/** Tokens that are no arm are poor ones. */
export const armUtility = ([arm]: readonly number[]): number => UTILITIES[arm!] ?? -2;

/** Every response of some length. */
function allResponses(length: number): number[][] {
  if (length === 0) return [[]];
  const tokens = Array.from({ length: config.vocabSize }, (_, token) => token);
  return allResponses(length - 1).flatMap((begun) => tokens.map((token) => [...begun, token]));
}

/** π of whole responses to the prompt. */
async function distribution(trainer: PolicyTrainer, responses: readonly number[][]): Promise<number[]> {
  const compared = await trainer.reference.compare(
    responses.map((tokens) => ({ promptIds: prompt.ids, tokens })),
  );
  return compared.map(({ logProbs }) => Math.exp(logProbs.reduce((a, b) => a + b)));
}

/** Total variation: half of Σ |p − q|. */
export const totalVariation = (p: readonly number[], q: readonly number[]): number =>
  p.reduce((sum, x, i) => sum + Math.abs(x - q[i]!), 0) / 2;

import {
  CHAT_TEMPLATE,
  createHfTokenizer,
  initialWeights,
  type ModelFiles,
  type Tokenizer,
  TURN_TOKENS,
  trainBpe,
} from "../../models/index.ts";
import { createRandom } from "../../stats/random.ts";
import { makePairs } from "../pairs.fixture.ts";

/** A tokenizer for the words of the made pairs. */
export const tokenizer: Tokenizer = createHfTokenizer(
  await trainBpe(
    makePairs(100).flatMap(({ prompt, chosen, rejected }) => [prompt[0]!.content, chosen, rejected]),
    { vocabSize: 330, special: TURN_TOKENS, chatTemplate: CHAT_TEMPLATE },
  ),
);

/** A small model with random weights. Larger ones than at the start of training, so that vectors differ visibly. */
export function makeModel(seed = 1, scale = 3): ModelFiles {
  const config: ModelFiles["config"] = {
    vocabSize: tokenizer.vocabSize,
    dim: 16,
    layers: 1,
    heads: 2,
    kvHeads: 2,
    headDim: 8,
    hidden: 32,
    context: 64,
    norm: { kind: "rms", epsilon: 1e-5 },
    activation: "gated-silu",
    positions: { kind: "rotary", theta: 10_000 },
    attentionBias: "none",
    mlpBias: false,
    tiedEmbeddings: true,
  };
  const weights = initialWeights(config, createRandom(seed));
  for (const [name, values] of weights) {
    if (!name.endsWith("orm.weight"))
      weights.set(
        name,
        values.map((x) => scale * x),
      );
  }
  return { config, weights, tokens: { bos: null, eos: [tokenizer.eos!], pad: null } };
}

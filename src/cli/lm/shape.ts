import { InputError } from "../../io/errors.ts";
import { checkConfig, type TransformerConfig } from "../../models/index.ts";

export type ShapeOptions = {
  shape: "llama" | "gpt2";
  dim: number;
  layers: number;
  heads: number;
  kvHeads?: number;
  context: number;
};

/**
 * A model from scratch in one of the two usual shapes, with tied embeddings and a feed-forward part four times as wide as
 * the model (gated: 8/3 times, which has as many weights).
 * @throws InputError where the numbers do not fit each other
 */
export function newConfig(
  { shape, dim, layers, heads, kvHeads = heads, context }: ShapeOptions,
  vocabSize: number,
): TransformerConfig {
  if (dim % heads !== 0) {
    throw new InputError({
      problem: "the width of the model can't be cut into its heads",
      field: "--dim",
      found: `${dim} for ${heads} heads`,
      expected: `a multiple of ${heads}`,
    });
  }
  const gpt2 = shape === "gpt2";
  const sizes = { vocabSize, dim, layers, heads, context, headDim: dim / heads, tiedEmbeddings: true };
  const config: TransformerConfig = gpt2
    ? {
        ...sizes,
        kvHeads: heads,
        hidden: 4 * dim,
        norm: { kind: "layer", epsilon: 1e-5 },
        activation: "gelu",
        positions: { kind: "learned" },
        attentionBias: "all",
        mlpBias: true,
      }
    : {
        ...sizes,
        kvHeads,
        // rounded up to a multiple of 16, so that the rows of matrices stay aligned
        hidden: 16 * Math.ceil((8 * dim) / 3 / 16),
        norm: { kind: "rms", epsilon: 1e-5 },
        activation: "gated-silu",
        positions: { kind: "rotary", theta: 10_000 },
        attentionBias: "none",
        mlpBias: false,
      };
  checkConfig(config, undefined, {
    vocabSize: "--vocab",
    headDim: "--dim/--heads",
    dim: "--dim",
    layers: "--layers",
    heads: "--heads",
    kvHeads: "--kv-heads",
    context: "--context",
  });
  return config;
}

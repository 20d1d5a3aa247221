import { InputError } from "../io/errors.ts";

/**
 * The shape of a decoder transformer with pre-normalisation: GPT-2, Llama, Mistral and Qwen2 are points in it.
 * `checkConfig` says which combinations make sense.
 */
export type TransformerConfig = {
  /** Rows of the token embedding; a tokenizer may have fewer tokens. */
  readonly vocabSize: number;
  /** Width of the residual stream. */
  readonly dim: number;
  readonly layers: number;
  /** Query heads. */
  readonly heads: number;
  /** Key and value heads: a divisor of `heads`; each serves `heads / kvHeads` query heads that follow one another. */
  readonly kvHeads: number;
  /** Width of a head; `heads · headDim` need not be `dim`. */
  readonly headDim: number;
  /** Width inside the feed-forward part. */
  readonly hidden: number;
  /** Longest sequence, in tokens. */
  readonly context: number;
  /** LayerNorm (mean and variance, with a bias) or RMSNorm (no bias). */
  readonly norm: { readonly kind: "layer" | "rms"; readonly epsilon: number };
  /** `gelu`: down(gelu(up x)) with GELU's tanh form; `gated-silu`: down(silu(gate x) ⊙ up x). */
  readonly activation: "gelu" | "gated-silu";
  /** Learned vectors added to the embedding, or rotary: halves of a head rotate (dimension i with i + headDim/2). */
  readonly positions: { readonly kind: "learned" } | { readonly kind: "rotary"; readonly theta: number };
  /** Biases of the attention's projections: none, of query, key and value, or of these and the output. */
  readonly attentionBias: "none" | "qkv" | "all";
  /** Biases in the feed-forward part. */
  readonly mlpBias: boolean;
  /** The token embedding also makes the logits. */
  readonly tiedEmbeddings: boolean;
};

/** Tokens that steer generation, as a model's own files name them. */
export type SpecialTokenIds = {
  readonly bos: number | null;
  /** Any of them ends a text. */
  readonly eos: readonly number[];
  readonly pad: number | null;
};

const wholeFields = [
  "vocabSize",
  "dim",
  "layers",
  "heads",
  "kvHeads",
  "headDim",
  "hidden",
  "context",
] as const;

/**
 * Checks that the numbers fit each other.
 * @param names what the file calls the fields, for messages
 * @throws InputError with the file and the field
 */
export function checkConfig(
  config: TransformerConfig,
  file?: string,
  names: Partial<Record<keyof TransformerConfig, string>> = {},
): void {
  const refuse = (field: keyof TransformerConfig, problem: string, found: unknown, expected: string) => {
    const where = { ...(file !== undefined && { file }), field: names[field] ?? field };
    throw new InputError({ problem, ...where, found: String(found), expected });
  };
  for (const field of wholeFields) {
    const value = config[field];
    if (!Number.isSafeInteger(value) || value < 1 || value >= 2 ** 31) {
      refuse(field, "a size of the model is not possible", value, "a whole number from 1 to 2^31 − 1");
    }
  }
  const { heads, kvHeads, headDim, positions, norm } = config;
  if (heads % kvHeads !== 0) {
    refuse("kvHeads", "the key/value heads do not divide the heads", kvHeads, `a divisor of ${heads}`);
  }
  if (!(norm.epsilon > 0 && norm.epsilon < 1)) {
    refuse("norm", "the epsilon of the normalisation is not possible", norm.epsilon, "between 0 and 1");
  }
  if (positions.kind === "rotary") {
    if (headDim % 2 !== 0) {
      refuse("headDim", "rotary positions need an even width of head", headDim, "an even number");
    }
    if (!(positions.theta > 0 && positions.theta < 1e12)) {
      refuse("positions", "the base of the rotary positions is not possible", positions.theta, "above 0");
    }
  }
}

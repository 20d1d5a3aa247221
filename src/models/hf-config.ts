/**
 * `config.json` as the transformers library writes it for model types gpt2, llama, mistral and qwen2.
 * @module
 */
import { z } from "zod";
import { InputError } from "../io/errors.ts";
import { checkConfig, type SpecialTokenIds, type TransformerConfig } from "./config.ts";
import { describe, parseWith } from "./json-file.ts";

export type ModelType = "gpt2" | "llama" | "mistral" | "qwen2";

export type HfConfig = {
  readonly modelType: ModelType;
  readonly config: TransformerConfig;
  readonly tokens: SpecialTokenIds;
};

const unsupported = "a kind of model that we do not read";
const size = z.int("not a whole number").min(1, "a size is below 1");
const positive = z.number("not a number").positive("not above 0");
const flag = z.boolean("neither true nor false");
const tokenId = z.int("a token id is not a whole number");

/** Fields that every type has. */
const shared = {
  vocab_size: size,
  tie_word_embeddings: flag.optional(),
  bos_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId)], "not a token id or a list of them").nullish(),
  pad_token_id: tokenId.nullish(),
};

const gpt2Schema = z.object({
  ...shared,
  n_embd: size,
  n_layer: size,
  n_head: size,
  n_positions: size,
  n_ctx: size.optional(),
  n_inner: size.nullish(),
  layer_norm_epsilon: positive.default(1e-5),
  activation_function: z.enum(["gelu_new", "gelu_pytorch_tanh"], unsupported).default("gelu_new"),
  scale_attn_weights: z.literal(true, unsupported).default(true),
  scale_attn_by_inverse_layer_idx: z.literal(false, unsupported).default(false),
  add_cross_attention: z.literal(false, unsupported).default(false),
});

const ropeSchema = z.object({
  rope_theta: positive.optional(),
  rope_type: z.literal("default", unsupported).optional(),
  /** The older name of `rope_type`. */
  type: z.literal("default", unsupported).optional(),
  partial_rotary_factor: z.literal(1, unsupported).optional(),
});

const llamaSchema = z.object({
  ...shared,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  max_position_embeddings: size,
  rms_norm_eps: positive.default(1e-6),
  hidden_act: z.enum(["silu", "swish"], unsupported).default("silu"),
  rope_theta: positive.optional(),
  rope_scaling: ropeSchema.nullish(),
  /** Holds `rope_theta` and `rope_type` in files of transformers 5. */
  rope_parameters: ropeSchema.nullish(),
  partial_rotary_factor: z.literal(1, unsupported).optional(),
  attention_bias: flag.default(false),
  mlp_bias: flag.default(false),
  sliding_window: size.nullish(),
  use_sliding_window: flag.optional(),
});

const typeSchema = z.object(
  {
    model_type: z.enum(
      ["gpt2", "llama", "mistral", "qwen2"],
      "a model type that we do not read (gpt2, llama, mistral, qwen2)",
    ),
  },
  { error: "the config is not an object" },
);

/** @throws InputError: a field is missing, has the wrong type, contradicts another, or asks for what we do not build */
export function parseHfConfig(json: unknown, file: string): HfConfig {
  const { model_type: modelType } = parseWith(typeSchema, json, file);
  const gpt2 = modelType === "gpt2";
  const config = gpt2 ? fromGpt2(json, file) : fromLlama(json, file, modelType);
  return { modelType, config, tokens: specialTokens(json, file, config.vocabSize) };
}

function fromGpt2(json: unknown, file: string): TransformerConfig {
  const found = parseWith(gpt2Schema, json, file);
  mustDivide(file, "n_head", found.n_head, "n_embd", found.n_embd);
  if (found.n_ctx !== undefined && found.n_ctx !== found.n_positions) {
    throw contradiction(file, "n_ctx", found.n_ctx, `${found.n_positions}, as n_positions says`);
  }
  const config: TransformerConfig = {
    vocabSize: found.vocab_size,
    dim: found.n_embd,
    layers: found.n_layer,
    heads: found.n_head,
    kvHeads: found.n_head,
    headDim: found.n_embd / found.n_head,
    hidden: found.n_inner ?? 4 * found.n_embd,
    context: found.n_positions,
    norm: { kind: "layer", epsilon: found.layer_norm_epsilon },
    activation: "gelu",
    positions: { kind: "learned" },
    attentionBias: "all",
    mlpBias: true,
    tiedEmbeddings: found.tie_word_embeddings ?? true,
  };
  checkConfig(config, file, {
    dim: "n_embd",
    hidden: "n_inner",
    context: "n_positions",
    norm: "layer_norm_epsilon",
  });
  return config;
}

function fromLlama(json: unknown, file: string, modelType: ModelType): TransformerConfig {
  const found = parseWith(llamaSchema, json, file);
  const heads = found.num_attention_heads;
  if (found.head_dim == null)
    mustDivide(file, "num_attention_heads", heads, "hidden_size", found.hidden_size);
  const windowed = modelType === "mistral" || found.use_sliding_window === true;
  const config: TransformerConfig = {
    vocabSize: found.vocab_size,
    dim: found.hidden_size,
    layers: found.num_hidden_layers,
    heads,
    kvHeads: found.num_key_value_heads ?? (modelType === "mistral" ? 8 : heads),
    headDim: found.head_dim ?? found.hidden_size / heads,
    hidden: found.intermediate_size,
    // attention that looks back one window is plain attention as long as the text is no longer than the window
    context: Math.min(
      found.max_position_embeddings,
      (windowed && found.sliding_window) || Number.POSITIVE_INFINITY,
    ),
    norm: { kind: "rms", epsilon: found.rms_norm_eps },
    activation: "gated-silu",
    positions: { kind: "rotary", theta: ropeTheta(found, file) },
    attentionBias: modelType === "qwen2" ? "qkv" : found.attention_bias ? "all" : "none",
    mlpBias: found.mlp_bias,
    tiedEmbeddings: found.tie_word_embeddings ?? false,
  };
  checkConfig(config, file, {
    kvHeads: "num_key_value_heads",
    headDim: "head_dim",
    norm: "rms_norm_eps",
    positions: "rope_theta",
    context: "max_position_embeddings",
  });
  return config;
}

/** The library's own default is 10,000. */
function ropeTheta(found: z.infer<typeof llamaSchema>, file: string): number {
  const named = [found.rope_theta, found.rope_parameters?.rope_theta].filter((theta) => theta !== undefined);
  if (named.length === 2 && named[0] !== named[1]) {
    throw contradiction(file, "rope_theta", named[0], `${named[1]}, as rope_parameters says`);
  }
  return named[0] ?? 10_000;
}

/** −1 stands for "none" in old files. */
function specialTokens(json: unknown, file: string, vocabSize: number): SpecialTokenIds {
  const found = parseWith(z.object(shared), json, file);
  const checked = (field: keyof typeof shared, id: number) => {
    if (id >= vocabSize || id < -1) throw contradiction(file, field, id, `below vocab_size, ${vocabSize}`);
    return id === -1 ? null : id;
  };
  const one = (field: "bos_token_id" | "pad_token_id") => {
    const id = found[field];
    return id == null ? null : checked(field, id);
  };
  const eos = [found.eos_token_id ?? []].flat().map((id) => checked("eos_token_id", id));
  return { bos: one("bos_token_id"), eos: eos.filter((id) => id !== null), pad: one("pad_token_id") };
}

function mustDivide(file: string, field: string, divisor: number, ofField: string, of: number): void {
  if (of % divisor === 0) return;
  throw contradiction(file, field, divisor, `a divisor of ${ofField}, ${of}`);
}

function contradiction(file: string, field: string, found: unknown, expected: string): InputError {
  return new InputError({
    problem: "contradicts another field",
    file,
    field,
    found: describe(found),
    expected,
  });
}

/** The model type that has this shape. @throws InputError where none of ours has */
export function modelTypeOf(config: TransformerConfig): ModelType {
  const { norm, activation, positions, attentionBias, mlpBias, heads, kvHeads, headDim, dim } = config;
  if (norm.kind === "layer" && activation === "gelu" && positions.kind === "learned") {
    if (attentionBias === "all" && mlpBias && kvHeads === heads && heads * headDim === dim) return "gpt2";
  } else if (norm.kind === "rms" && activation === "gated-silu" && positions.kind === "rotary") {
    if (attentionBias !== "qkv") return "llama";
    if (!mlpBias) return "qwen2";
  }
  throw new InputError({
    problem: "no Hugging Face model type has this shape",
    expected:
      "GPT-2 (LayerNorm, GELU, learned positions, all biases) or Llama/Qwen2 (RMSNorm, gated SiLU, rotary positions)",
  });
}

/** The inverse of `parseHfConfig`. @throws InputError where no model type has this shape */
export function toHfConfig(config: TransformerConfig, tokens: SpecialTokenIds, dtype = "float32"): object {
  checkConfig(config);
  const model_type = modelTypeOf(config);
  const eos = tokens.eos.length > 1 ? tokens.eos : (tokens.eos[0] ?? null);
  const common = {
    model_type,
    vocab_size: config.vocabSize,
    tie_word_embeddings: config.tiedEmbeddings,
    bos_token_id: tokens.bos,
    eos_token_id: eos,
    pad_token_id: tokens.pad,
    torch_dtype: dtype,
  };
  return model_type === "gpt2"
    ? { ...common, ...gpt2Fields(config) }
    : { ...common, ...llamaFields(config, model_type) };
}

const gpt2Fields = (config: TransformerConfig) => ({
  architectures: ["GPT2LMHeadModel"],
  n_embd: config.dim,
  n_layer: config.layers,
  n_head: config.heads,
  n_positions: config.context,
  n_inner: config.hidden,
  layer_norm_epsilon: config.norm.epsilon,
  activation_function: "gelu_new",
});

const llamaFields = (config: TransformerConfig, type: ModelType) => ({
  architectures: [type === "qwen2" ? "Qwen2ForCausalLM" : "LlamaForCausalLM"],
  hidden_size: config.dim,
  intermediate_size: config.hidden,
  num_hidden_layers: config.layers,
  num_attention_heads: config.heads,
  num_key_value_heads: config.kvHeads,
  head_dim: config.headDim,
  max_position_embeddings: config.context,
  rms_norm_eps: config.norm.epsilon,
  hidden_act: "silu",
  rope_theta: config.positions.kind === "rotary" ? config.positions.theta : undefined,
  ...(type === "llama"
    ? { attention_bias: config.attentionBias === "all", mlp_bias: config.mlpBias }
    : { use_sliding_window: false }),
});

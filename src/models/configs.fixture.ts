import fc from "fast-check";
import type { TransformerConfig } from "./config.ts";

/** `config.json` of models whose parameter counts are published. */
export const published = {
  gpt2: {
    json: {
      model_type: "gpt2",
      vocab_size: 50257,
      n_embd: 768,
      n_layer: 12,
      n_head: 12,
      n_positions: 1024,
      n_ctx: 1024,
      layer_norm_epsilon: 1e-5,
      activation_function: "gelu_new",
      bos_token_id: 50256,
      eos_token_id: 50256,
    },
    parameters: 124_439_808,
  },
  "gpt2-xl": {
    json: { model_type: "gpt2", vocab_size: 50257, n_embd: 1600, n_layer: 48, n_head: 25, n_positions: 1024 },
    parameters: 1_557_611_200,
  },
  "Llama-2-7B": {
    json: {
      model_type: "llama",
      vocab_size: 32000,
      hidden_size: 4096,
      intermediate_size: 11008,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      max_position_embeddings: 4096,
      rms_norm_eps: 1e-5,
      rope_scaling: null,
      tie_word_embeddings: false,
      pad_token_id: -1,
    },
    parameters: 6_738_415_616,
  },
  "TinyLlama-1.1B": {
    json: {
      model_type: "llama",
      vocab_size: 32000,
      hidden_size: 2048,
      intermediate_size: 5632,
      num_hidden_layers: 22,
      num_attention_heads: 32,
      num_key_value_heads: 4,
      max_position_embeddings: 2048,
      rms_norm_eps: 1e-5,
    },
    parameters: 1_100_048_384,
  },
  "Mistral-7B-v0.1": {
    json: {
      model_type: "mistral",
      vocab_size: 32000,
      hidden_size: 4096,
      intermediate_size: 14336,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      max_position_embeddings: 32768,
      sliding_window: 4096,
      rms_norm_eps: 1e-5,
      rope_theta: 10000.0,
    },
    parameters: 7_241_732_096,
  },
  "Qwen2.5-0.5B": {
    json: {
      model_type: "qwen2",
      vocab_size: 151936,
      hidden_size: 896,
      intermediate_size: 4864,
      num_hidden_layers: 24,
      num_attention_heads: 14,
      num_key_value_heads: 2,
      max_position_embeddings: 32768,
      sliding_window: 32768,
      use_sliding_window: false,
      rope_theta: 1000000.0,
      rms_norm_eps: 1e-6,
      tie_word_embeddings: true,
      eos_token_id: [151645, 151643],
    },
    parameters: 494_032_768,
  },
};

export const smallGpt2: TransformerConfig = {
  vocabSize: 19,
  dim: 12,
  layers: 2,
  heads: 3,
  kvHeads: 3,
  headDim: 4,
  hidden: 20,
  context: 16,
  norm: { kind: "layer", epsilon: 1e-5 },
  activation: "gelu",
  positions: { kind: "learned" },
  attentionBias: "all",
  mlpBias: true,
  tiedEmbeddings: true,
};

export const smallLlama: TransformerConfig = {
  vocabSize: 19,
  dim: 12,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headDim: 6,
  hidden: 20,
  context: 16,
  norm: { kind: "rms", epsilon: 1e-6 },
  activation: "gated-silu",
  positions: { kind: "rotary", theta: 10_000 },
  attentionBias: "none",
  mlpBias: false,
  tiedEmbeddings: false,
};

export const smallQwen2: TransformerConfig = { ...smallLlama, attentionBias: "qkv", tiedEmbeddings: true };

const size = (max: number) => fc.integer({ min: 1, max });
const epsilon = fc.constantFrom(1e-5, 1e-6, 1e-8);

/** Small models of every kind that Hugging Face layout can hold. */
export const configs: fc.Arbitrary<TransformerConfig> = fc.oneof(
  fc
    .record({
      vocabSize: size(30),
      layers: size(3),
      heads: size(4),
      headDim: size(5),
      hidden: size(20),
      context: size(9),
    })
    .chain((sizes) => fc.tuple(fc.constant(sizes), epsilon, fc.boolean()))
    .map(([sizes, e, tiedEmbeddings]) => ({
      ...smallGpt2,
      ...sizes,
      kvHeads: sizes.heads,
      dim: sizes.heads * sizes.headDim,
      norm: { kind: "layer", epsilon: e } as const,
      tiedEmbeddings,
    })),
  fc
    .record({
      vocabSize: size(30),
      dim: size(20),
      layers: size(3),
      kvHeads: size(3),
      group: size(3),
      half: size(3),
      hidden: size(20),
      context: size(9),
      theta: fc.constantFrom(10_000, 500_000, 1e6),
      bias: fc.constantFrom<[TransformerConfig["attentionBias"], boolean][]>(
        ["none", false],
        ["none", true],
        ["qkv", false],
        ["all", false],
        ["all", true],
      ),
      tiedEmbeddings: fc.boolean(),
    })
    .map(({ group, half, theta, bias: [attentionBias, mlpBias], ...rest }) => ({
      ...smallLlama,
      ...rest,
      heads: rest.kvHeads * group,
      headDim: 2 * half,
      positions: { kind: "rotary", theta } as const,
      attentionBias,
      mlpBias,
    })),
);

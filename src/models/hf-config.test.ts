import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memorySource } from "./byte-source.fixture.ts";
import { checkConfig, type TransformerConfig } from "./config.ts";
import { configs, published, smallGpt2, smallLlama } from "./configs.fixture.ts";
import { feed } from "./damage.fixture.ts";
import { parseHfConfig, toHfConfig } from "./hf-config.ts";
import { readJsonSource } from "./json-file.ts";
import { parameterCount } from "./weights.ts";

const parse = (json: unknown) => parseHfConfig(json, "config.json");
const llama = published["TinyLlama-1.1B"].json;
const gpt2 = published.gpt2.json;
const qwen2 = published["Qwen2.5-0.5B"].json;

it.each(Object.entries(published))("%s has its published number of parameters", (_, { json, parameters }) => {
  expect(parameterCount(parse(json).config)).toBe(parameters);
});

it("reads GPT-2", () => {
  expect(parse(gpt2)).toEqual({
    modelType: "gpt2",
    config: {
      vocabSize: 50257,
      dim: 768,
      layers: 12,
      heads: 12,
      kvHeads: 12,
      headDim: 64,
      hidden: 3072,
      context: 1024,
      norm: { kind: "layer", epsilon: 1e-5 },
      activation: "gelu",
      positions: { kind: "learned" },
      attentionBias: "all",
      mlpBias: true,
      tiedEmbeddings: true,
    },
    tokens: { bos: 50256, eos: [50256], pad: null },
  });
});

it("reads Qwen2 with its biases, base of rotation and two ends of text", () => {
  const { config, tokens } = parse(qwen2);
  expect(config).toMatchObject({
    attentionBias: "qkv",
    headDim: 64,
    kvHeads: 2,
    context: 32768,
    positions: { kind: "rotary", theta: 1e6 },
    tiedEmbeddings: true,
  });
  expect(tokens).toEqual({ bos: null, eos: [151645, 151643], pad: null });
});

it("takes the length of a sliding window as the context, where there is one", () => {
  expect(parse(published["Mistral-7B-v0.1"].json).config.context).toBe(4096);
  expect(parse({ ...qwen2, use_sliding_window: true, sliding_window: 100 }).config.context).toBe(100);
  expect(parse({ ...llama, sliding_window: 100 }).config.context).toBe(2048);
});

it("reads the rotation's base where transformers 5 writes it", () => {
  const { config } = parse({ ...llama, rope_parameters: { rope_type: "default", rope_theta: 5e5 } });
  expect(config.positions).toEqual({ kind: "rotary", theta: 5e5 });
});

it("reads back what it writes", () => {
  const token = (vocabSize: number) => fc.option(fc.nat(vocabSize - 1));
  const models = configs.chain((config) =>
    fc.record({
      config: fc.constant(config),
      bos: token(config.vocabSize),
      pad: token(config.vocabSize),
      eos: fc.array(fc.nat(config.vocabSize - 1), { maxLength: 3 }),
    }),
  );
  fc.assert(
    fc.property(models, ({ config, ...tokens }) => {
      // as bytes, so that nothing depends on more than JSON keeps
      const found = parse(JSON.parse(JSON.stringify(toHfConfig(config, tokens))));
      expect(found.config).toEqual(config);
      expect(found.tokens).toEqual(tokens);
    }),
  );
});

describe("bad input", () => {
  const without = (json: object, field: string) => ({ ...json, [field]: undefined });
  it.each<[string, unknown, RegExp]>([
    ["no object", [1], /the config is not an object \(found a list of 1\)/],
    ["no model type", {}, /a field is missing \(field "model_type"/],
    [
      "another model type",
      { model_type: "qwen3" },
      /model type that we do not read.*field "model_type", found "qwen3"/,
    ],
    ["no width", without(llama, "hidden_size"), /a field is missing \(field "hidden_size"/],
    ["no layers", without(gpt2, "n_layer"), /a field is missing \(field "n_layer"/],
    ["no vocabulary", without(gpt2, "vocab_size"), /a field is missing \(field "vocab_size"/],
    ["no context", without(llama, "max_position_embeddings"), /field "max_position_embeddings"/],
    ["a size that is text", { ...gpt2, n_embd: "768" }, /not a whole number \(field "n_embd", found "768"/],
    ["a size that is not whole", { ...gpt2, n_embd: 7.5 }, /field "n_embd", found 7.5/],
    [
      "no heads at all",
      { ...llama, num_attention_heads: 0 },
      /below 1 \(field "num_attention_heads", found 0/,
    ],
    [
      "a size beyond int32",
      { ...llama, vocab_size: 2 ** 40 },
      /not possible \(field "vocabSize", found 1099511627776/,
    ],
    [
      "heads that do not divide",
      { ...gpt2, n_head: 7 },
      /contradicts another field \(field "n_head", found 7, expected a divisor of n_embd, 768/,
    ],
    [
      "heads that do not divide",
      { ...llama, num_attention_heads: 3 },
      /field "num_attention_heads", found 3, expected a divisor of hidden_size/,
    ],
    [
      "key/value heads that do not divide",
      { ...llama, num_key_value_heads: 5 },
      /field "num_key_value_heads", found 5, expected a divisor of 32/,
    ],
    ["an odd width of head", { ...llama, head_dim: 63 }, /even width of head \(field "head_dim", found 63/],
    ["two contexts", { ...gpt2, n_ctx: 512 }, /field "n_ctx", found 512, expected 1024, as n_positions says/],
    [
      "two bases of rotation",
      { ...llama, rope_theta: 1e4, rope_parameters: { rope_theta: 1e5 } },
      /field "rope_theta", found 10000, expected 100000/,
    ],
    [
      "a rotation that is scaled",
      { ...llama, rope_scaling: { rope_type: "llama3", factor: 8 } },
      /we do not read \(field "rope_scaling\.rope_type", found "llama3"/,
    ],
    [
      "a rotation that is scaled, by its older name",
      { ...llama, rope_scaling: { type: "linear", factor: 2 } },
      /field "rope_scaling\.type", found "linear"/,
    ],
    [
      "a rotation of a part",
      { ...llama, partial_rotary_factor: 0.5 },
      /field "partial_rotary_factor", found 0.5/,
    ],
    ["an unknown activation", { ...llama, hidden_act: "relu" }, /field "hidden_act", found "relu"/],
    [
      "an unknown activation",
      { ...gpt2, activation_function: "relu" },
      /field "activation_function", found "relu"/,
    ],
    [
      "attention that is not scaled",
      { ...gpt2, scale_attn_weights: false },
      /field "scale_attn_weights", found false/,
    ],
    ["an epsilon of 0", { ...llama, rms_norm_eps: 0 }, /field "rms_norm_eps", found 0/],
    [
      "an end of text outside the vocabulary",
      { ...gpt2, eos_token_id: 60000 },
      /field "eos_token_id", found 60000, expected below vocab_size, 50257/,
    ],
    ["a token id that is text", { ...gpt2, bos_token_id: "<s>" }, /field "bos_token_id", found "<s>"/],
  ])("refuses %s", (_, json, message) => {
    expect(() => parse(json)).toThrow(expect.objectContaining({ name: "InputError" }));
    expect(() => parse(json)).toThrow(message);
    expect(() => parse(json)).toThrow(/^config\.json: /);
  });

  it("refuses to write a shape that no model type has", () => {
    const tokens = { bos: null, eos: [], pad: null };
    const mixed: TransformerConfig = { ...smallGpt2, positions: { kind: "rotary", theta: 1e4 } };
    expect(() => toHfConfig(mixed, tokens)).toThrow(/no Hugging Face model type has this shape/);
    expect(() => toHfConfig({ ...smallGpt2, kvHeads: 1 }, tokens)).toThrow(/no Hugging Face model type/);
    expect(() => toHfConfig({ ...smallLlama, kvHeads: 3 }, tokens)).toThrow(/do not divide/);
  });

  it("checks a config made by hand", () => {
    expect(() => checkConfig({ ...smallLlama, layers: 0 })).toThrow(/field "layers", found 0/);
    expect(() => checkConfig({ ...smallLlama, norm: { kind: "rms", epsilon: Number.NaN } })).toThrow(
      /epsilon/,
    );
  });

  it.each([
    ["llama", { ...llama, rope_scaling: { rope_type: "default" } }],
    ["gpt2", gpt2],
  ])("takes or refuses 10,000 damaged configs (%s)", async (_, json) => {
    const counts = await feed(Buffer.from(JSON.stringify(json)), async (bytes) => {
      checkConfig(parse(await readJsonSource(memorySource(bytes))).config);
    });
    expect(counts.taken).toBeGreaterThan(300);
    expect(counts.refused).toBeGreaterThan(3000);
  });
});

/**
 * Hugging Face names and layouts of weights. GPT-2 stores matrices [in, out] with query, key and value side by side;
 * Llama, Mistral and Qwen2 store them [out, in].
 * @module
 */
import { InputError } from "../io/errors.ts";
import type { TransformerConfig } from "./config.ts";
import type { ModelType } from "./hf-config.ts";
import { noTensor, type TensorFile } from "./safetensors.ts";
import type { OutTensor } from "./safetensors-writer.ts";
import { checkFinite, transpose, type Weights, weightShapes } from "./weights.ts";

/** A tensor of the file: one of ours, or several of ours side by side. */
type HfTensor = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly transposed: boolean;
  readonly parts: readonly { readonly weight: string; readonly columns: number }[];
};

const gpt2Layer: Record<string, string> = {
  attentionNorm: "ln_1",
  output: "attn.c_proj",
  mlpNorm: "ln_2",
  up: "mlp.c_fc",
  down: "mlp.c_proj",
};

const llamaLayer: Record<string, string> = {
  attentionNorm: "input_layernorm",
  query: "self_attn.q_proj",
  key: "self_attn.k_proj",
  value: "self_attn.v_proj",
  output: "self_attn.o_proj",
  mlpNorm: "post_attention_layernorm",
  gate: "mlp.gate_proj",
  up: "mlp.up_proj",
  down: "mlp.down_proj",
};

/** Constants that some files carry and that a config already determines. */
const constants = /(?:^|\.)(?:attn\.(?:bias|masked_bias)|rotary_emb\.inv_freq)$/;

/** The tensors of a model's file. `base` is the prefix of all but the unembedding; some files leave it out. */
function hfTensors(config: TransformerConfig, modelType: ModelType, base: string): HfTensor[] {
  const gpt2 = modelType === "gpt2";
  const outside: Record<string, string> = gpt2
    ? { tokenEmbedding: "wte.weight", positionEmbedding: "wpe.weight", finalNorm: "ln_f" }
    : { tokenEmbedding: "embed_tokens.weight", finalNorm: "norm" };
  const tensors: HfTensor[] = [];
  for (const [weight, shape] of weightShapes(config)) {
    const columns = shape.at(-1)!;
    const [first, layer, part, kind] = weight.split(".");
    if (first !== "layers") {
      const name =
        weight === "unembedding" ? "lm_head.weight" : `${base}${outside[first!]}${layer ? `.${layer}` : ""}`;
      tensors.push({ name, shape, transposed: false, parts: [{ weight, columns }] });
    } else if (!gpt2) {
      const transposed = shape.length === 2;
      const name = `${base}layers.${layer}.${llamaLayer[part!]}.${kind}`;
      tensors.push({
        name,
        shape: transposed ? shape.toReversed() : shape,
        transposed,
        parts: [{ weight, columns }],
      });
    } else if (part === "query") {
      const parts = ["query", "key", "value"].map((p) => ({
        weight: `layers.${layer}.${p}.${kind}`,
        columns,
      }));
      const joined = [...shape.slice(0, -1), 3 * columns];
      tensors.push({
        name: `${base}h.${layer}.attn.c_attn.${kind}`,
        shape: joined,
        transposed: false,
        parts,
      });
    } else if (part !== "key" && part !== "value") {
      const name = `${base}h.${layer}.${gpt2Layer[part!]}.${kind}`;
      tensors.push({ name, shape, transposed: false, parts: [{ weight, columns }] });
    }
  }
  return tensors;
}

/**
 * Reads all weights of a model, one tensor at a time.
 * @throws InputError: a tensor is missing, has another shape, is not of this model, or holds a number that is not finite
 */
export async function readHfWeights(
  file: TensorFile,
  config: TransformerConfig,
  modelType: ModelType,
): Promise<Map<string, Float32Array>> {
  const prefix = modelType === "gpt2" ? "transformer." : "model.";
  const base = [...file.tensors.keys()].some((name) => name.startsWith(prefix)) ? prefix : "";
  // the file has a tensor for each layer: a config that claims more layers must not make us list them
  if (config.layers > file.tensors.size) {
    throw new InputError({
      problem: "the weights have fewer tensors than the config has layers",
      file: file.file,
      found: `${file.tensors.size} tensors`,
      expected: `${config.layers} layers`,
    });
  }
  const tensors = hfTensors(config, modelType, base);
  checkNames(file, tensors, config.tiedEmbeddings);
  const weights = new Map<string, Float32Array>();
  for (const tensor of tensors) {
    const values = await file.read(tensor.name);
    checkFinite(file.file, tensor.name, values);
    for (const [weight, part] of split(tensor, values)) weights.set(weight, part);
  }
  return new Map([...weightShapes(config).keys()].map((name) => [name, weights.get(name)!]));
}

function checkNames(file: TensorFile, tensors: HfTensor[], tied: boolean): void {
  const known = new Set(tied ? ["lm_head.weight"] : []);
  for (const { name, shape } of tensors) {
    known.add(name);
    const found = file.tensors.get(name);
    if (found === undefined) {
      if (name !== "lm_head.weight") throw noTensor(file.file, name);
      throw new InputError({
        problem: "a tensor is missing",
        file: file.file,
        field: name,
        fix: 'If the model shares its embedding, config.json must say "tie_word_embeddings": true',
      });
    }
    if (found.shape.length !== shape.length || found.shape.some((n, i) => n !== shape[i])) {
      throw new InputError({
        problem: "a tensor's shape does not fit the config",
        file: file.file,
        field: name,
        found: `[${found.shape.slice(0, 8).join(", ")}]`,
        expected: `[${shape.join(", ")}]`,
      });
    }
  }
  const stranger = [...file.tensors.keys()].find((name) => !known.has(name) && !constants.test(name));
  if (stranger !== undefined) {
    throw new InputError({
      problem: "a tensor that a model of this config does not have",
      file: file.file,
      field: stranger,
      fix: "Without it the model would compute something else: check config.json",
    });
  }
}

function split({ shape, transposed, parts }: HfTensor, values: Float32Array): [string, Float32Array][] {
  const [only] = parts;
  if (transposed) return [[only!.weight, transpose(values, shape[0]!, shape[1]!)]];
  if (parts.length === 1) return [[only!.weight, values]];
  const width = shape.at(-1)!;
  const rows = values.length / width;
  let left = 0;
  return parts.map(({ weight, columns }) => {
    const part = new Float32Array(rows * columns);
    for (let r = 0; r < rows; r++) {
      part.set(values.subarray(r * width + left, r * width + left + columns), r * columns);
    }
    left += columns;
    return [weight, part];
  });
}

/** The tensors of a model's file, each converted when it is written. */
export function toHfTensors(weights: Weights, config: TransformerConfig, modelType: ModelType): OutTensor[] {
  return hfTensors(config, modelType, modelType === "gpt2" ? "transformer." : "model.").map((tensor) => ({
    name: tensor.name,
    shape: tensor.shape,
    values: () => join(tensor, weights),
  }));
}

function join({ shape, transposed, parts }: HfTensor, weights: Weights): Float32Array {
  const only = weights.get(parts[0]!.weight)!;
  if (transposed) return transpose(only, shape[1]!, shape[0]!);
  if (parts.length === 1) return only;
  const width = shape.at(-1)!;
  const out = new Float32Array(shape.reduce((product, n) => product * n, 1));
  let left = 0;
  for (const { weight, columns } of parts) {
    const part = weights.get(weight)!;
    for (let r = 0; r * width < out.length; r++) {
      out.set(part.subarray(r * columns, (r + 1) * columns), r * width + left);
    }
    left += columns;
  }
  return out;
}

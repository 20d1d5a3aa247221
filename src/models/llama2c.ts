/**
 * Checkpoints of llama2.c (karpathy/llama2.c, export version 0): seven int32, then float32 weights in a fixed order.
 * @module
 */
import { InputError } from "../io/errors.ts";
import { type ByteSource, openBytes } from "./byte-source.ts";
import { checkConfig, type TransformerConfig } from "./config.ts";
import { checkFinite, transpose, weightShapes } from "./weights.ts";

const headerBytes = 28;
const laterVersionMagic = 0x616b3432;

export type Llama2c = { config: TransformerConfig; weights: Map<string, Float32Array> };

/** @throws InputError: not such a file, sizes that contradict each other or the file's length, a number not finite */
export async function readLlama2cFile(file: string): Promise<Llama2c> {
  const source = await openBytes(file);
  try {
    return await readLlama2c(source);
  } finally {
    await source.close();
  }
}

export async function readLlama2c(source: ByteSource): Promise<Llama2c> {
  const config = await readConfig(source);
  const blocks = layout(config);
  const expected =
    headerBytes + 4 * blocks.reduce((sum, block) => sum + block.count * config.layers ** block.perLayer, 0);
  if (expected !== source.size) {
    throw new InputError({
      problem:
        "the file's length does not fit the sizes in its header: it is truncated, or no llama2.c checkpoint",
      file: source.file,
      found: `${source.size} bytes`,
      expected: `${expected}`,
    });
  }
  return { config, weights: await readWeights(source, config, blocks) };
}

async function readConfig(source: ByteSource): Promise<TransformerConfig> {
  const { file, size } = source;
  if (size < headerBytes) {
    throw new InputError({
      problem: "too short for a llama2.c checkpoint",
      file,
      found: `${size} bytes`,
      expected: `at least ${headerBytes}`,
    });
  }
  const header = new DataView((await source.read(0, headerBytes)).buffer);
  const [dim, hidden, layers, heads, kvHeads, vocab, context] = Array.from({ length: 7 }, (_, i) =>
    header.getInt32(4 * i, true),
  ) as [number, number, number, number, number, number, number];
  if (dim === laterVersionMagic) {
    throw new InputError({
      problem: "a llama2.c checkpoint of version 1 or 2, which we do not read",
      file,
      fix: "Export it with --version 0, or to Hugging Face layout with --version -1",
    });
  }
  if (heads < 1 || dim % heads !== 0) {
    throw new InputError({
      problem: "the heads do not divide the width",
      file,
      field: "n_heads",
      found: `${heads}`,
      expected: `a divisor of dim, ${dim}`,
      fix: "The file is damaged, or no llama2.c checkpoint",
    });
  }
  const config: TransformerConfig = {
    vocabSize: Math.abs(vocab),
    dim,
    layers,
    heads,
    kvHeads,
    headDim: dim / heads,
    hidden,
    context,
    norm: { kind: "rms", epsilon: 1e-5 },
    activation: "gated-silu",
    positions: { kind: "rotary", theta: 10_000 },
    attentionBias: "none",
    mlpBias: false,
    // a negative size says that the logits have a matrix of their own
    tiedEmbeddings: vocab > 0,
  };
  checkConfig(config, file, {
    kvHeads: "n_kv_heads",
    hidden: "hidden_dim",
    vocabSize: "vocab_size",
    context: "seq_len",
  });
  return config;
}

/** `weight` within a layer where `perLayer` is 1; `null` is the tables of rotations, which we compute ourselves. */
type Block = { weight: string | null; perLayer: 0 | 1; count: number };

function layout(config: TransformerConfig): Block[] {
  const { dim, hidden, heads, kvHeads, headDim, context } = config;
  const perLayer = (weight: string, count: number): Block => ({ weight, perLayer: 1, count });
  const once = (weight: string | null, count: number): Block => ({ weight, perLayer: 0, count });
  return [
    once("tokenEmbedding", config.vocabSize * dim),
    perLayer("attentionNorm.weight", dim),
    perLayer("query.weight", dim * heads * headDim),
    perLayer("key.weight", dim * kvHeads * headDim),
    perLayer("value.weight", dim * kvHeads * headDim),
    perLayer("output.weight", heads * headDim * dim),
    perLayer("mlpNorm.weight", dim),
    perLayer("gate.weight", dim * hidden),
    perLayer("down.weight", hidden * dim),
    perLayer("up.weight", dim * hidden),
    once("finalNorm.weight", dim),
    once(null, context * headDim),
    ...(config.tiedEmbeddings ? [] : [once("unembedding", config.vocabSize * dim)]),
  ];
}

async function readWeights(
  source: ByteSource,
  config: TransformerConfig,
  blocks: Block[],
): Promise<Map<string, Float32Array>> {
  const shapes = weightShapes(config);
  const read = new Map<string, Float32Array>();
  let offset = headerBytes;
  for (const { weight, perLayer, count } of blocks) {
    const bytes = 4 * count;
    for (let layer = 0; layer < (perLayer ? config.layers : 1); layer++, offset += bytes) {
      if (weight === null) continue;
      const name = perLayer ? `layers.${layer}.${weight}` : weight;
      const values = new Float32Array((await source.read(offset, bytes)).buffer);
      checkFinite(source.file, name, values);
      read.set(name, ours(weight, values, shapes.get(name)!, config.headDim));
    }
  }
  return new Map([...shapes.keys()].map((name) => [name, read.get(name)!]));
}

/** A layer's matrices are stored [out, in]; ours are [in, out]. */
function ours(weight: string, values: Float32Array, shape: readonly number[], headDim: number): Float32Array {
  const [inputs, outputs] = shape;
  if (outputs === undefined || weight.endsWith("mbedding")) return values;
  const rotated = weight === "query.weight" || weight === "key.weight";
  return transpose(rotated ? halvesFromPairs(values, inputs!, headDim) : values, outputs, inputs!);
}

/**
 * llama2.c rotates neighbours (2i, 2i + 1) of a head, we rotate i with i + headDim/2: the rows of a head are put in that
 * order, for query and key alike, which leaves their products as they are.
 */
function halvesFromPairs(values: Float32Array, width: number, headDim: number): Float32Array {
  const out = new Float32Array(values.length);
  const rows = values.length / width;
  for (let row = 0; row < rows; row++) {
    const head = row - (row % headDim);
    const i = row % headDim;
    const to = head + (i >> 1) + (i & 1 ? headDim / 2 : 0);
    out.set(values.subarray(row * width, (row + 1) * width), to * width);
  }
  return out;
}

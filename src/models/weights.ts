/**
 * The weights of a decoder transformer under our own names. Matrices are stored [in, out], so that a layer is x · W;
 * embeddings are [vocab, dim], for the logits too.
 * @module
 */
import { InputError } from "../io/errors.ts";
import type { Random } from "../stats/random.ts";
import type { TransformerConfig } from "./config.ts";

/** By name, row-major float32. `weightShapes` says which names and shapes a config has. */
export type Weights = ReadonlyMap<string, Float32Array>;

/** The names and shapes of all weights, in a fixed order. */
export function weightShapes(config: TransformerConfig): ReadonlyMap<string, readonly number[]> {
  const { vocabSize, dim, hidden, context } = config;
  const shapes = new Map<string, readonly number[]>();
  const linear = (name: string, inputs: number, outputs: number, bias: boolean) => {
    shapes.set(`${name}.weight`, [inputs, outputs]);
    if (bias) shapes.set(`${name}.bias`, [outputs]);
  };
  const norm = (name: string) => {
    shapes.set(`${name}.weight`, [dim]);
    if (config.norm.kind === "layer") shapes.set(`${name}.bias`, [dim]);
  };
  shapes.set("tokenEmbedding", [vocabSize, dim]);
  if (config.positions.kind === "learned") shapes.set("positionEmbedding", [context, dim]);
  for (let i = 0; i < config.layers; i++) {
    const queries = config.heads * config.headDim;
    const keys = config.kvHeads * config.headDim;
    const qkvBias = config.attentionBias !== "none";
    norm(`layers.${i}.attentionNorm`);
    linear(`layers.${i}.query`, dim, queries, qkvBias);
    linear(`layers.${i}.key`, dim, keys, qkvBias);
    linear(`layers.${i}.value`, dim, keys, qkvBias);
    linear(`layers.${i}.output`, queries, dim, config.attentionBias === "all");
    norm(`layers.${i}.mlpNorm`);
    if (config.activation === "gated-silu") linear(`layers.${i}.gate`, dim, hidden, config.mlpBias);
    linear(`layers.${i}.up`, dim, hidden, config.mlpBias);
    linear(`layers.${i}.down`, hidden, dim, config.mlpBias);
  }
  norm("finalNorm");
  if (!config.tiedEmbeddings) shapes.set("unembedding", [vocabSize, dim]);
  return shapes;
}

export const elements = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** How many numbers the model has; a tied embedding counts once. */
export function parameterCount(config: TransformerConfig): number {
  // layers are alike, so that one is enough: a config may claim a billion of them
  const count = (layers: number) =>
    [...weightShapes({ ...config, layers }).values()].reduce((sum, shape) => sum + elements(shape), 0);
  const outside = count(0);
  return outside + config.layers * (count(1) - outside);
}

/**
 * Weights for training from scratch (Radford et al. 2019, section 2.3): matrices and embeddings normal with deviation
 * 0.02, those that write into the residual stream scaled by 1/√(2·layers); norms 1, biases 0.
 */
export function initialWeights(config: TransformerConfig, random: Random): Map<string, Float32Array> {
  const weights = new Map<string, Float32Array>();
  for (const [name, shape] of weightShapes(config)) {
    const values = new Float32Array(elements(shape));
    weights.set(name, values);
    if (name.endsWith("orm.weight")) values.fill(1);
    else if (!name.endsWith(".bias")) {
      const residual = name.endsWith(".output.weight") || name.endsWith(".down.weight");
      const deviation = residual ? 0.02 / Math.sqrt(2 * config.layers) : 0.02;
      for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal();
    }
  }
  return weights;
}

/** @throws RangeError where a weight is missing or has another size than the config says */
export function checkWeights(config: TransformerConfig, weights: Weights): void {
  for (const [name, shape] of weightShapes(config)) {
    const found = weights.get(name)?.length;
    if (found !== elements(shape)) {
      throw new RangeError(`weight ${name}: ${found ?? "no"} values for [${shape.join(", ")}]`);
    }
  }
}

/** @throws InputError with the name: a number is not finite, which would spread to every output */
export function checkFinite(file: string, name: string, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new InputError({
        problem: "a weight is not a finite number",
        file,
        field: name,
        found: `${values[i]} at position ${i}`,
        fix: "The file is damaged, or its training diverged; float16 can also overflow: export float32 or bfloat16",
      });
    }
  }
}

/** [rows, columns] to [columns, rows]. */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  // by tiles, so that both sides stay in the cache
  const tile = 32;
  for (let top = 0; top < rows; top += tile) {
    const bottom = Math.min(top + tile, rows);
    for (let left = 0; left < columns; left += tile) {
      const right = Math.min(left + tile, columns);
      for (let r = top; r < bottom; r++) {
        for (let c = left; c < right; c++) out[c * rows + r] = values[r * columns + c]!;
      }
    }
  }
  return out;
}

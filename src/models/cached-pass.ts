/**
 * The two programs of sampling: one reads the prompts, the other adds one token to each row from what the cache holds.
 * @module
 */
import {
  add,
  compile,
  concat,
  gather,
  graph,
  int64,
  less,
  logSoftmax,
  matmul,
  mul,
  type Program,
  reshape,
  softmax,
  split,
  type Tensor,
  transpose,
  where,
} from "../engine/index.ts";
import type { TransformerConfig } from "./config.ts";
import { keyName, valueName } from "./key-values.ts";
import { embed, type NetworkOptions, network, runLayers, unembed } from "./network.ts";
import { rotaryAngles } from "./rotary-angles.ts";
import { forward, HIDDEN_SCORE, turn } from "./transformer.ts";

export type PassOptions = Pick<NetworkOptions, "project">;

/** Cached keys and values as inputs are `past.key.0`, …; new ones as outputs are `key.0`, …. */
export const PAST = "past.";

/**
 * What a token is chosen from: `logProbs` [batch, vocabSize] of the model itself, and `probabilities` with the temperature
 * in them, whose inverse is the input `inverseTemperature`. Computed here, where a vocabulary takes microseconds.
 */
function choices(logits: Tensor): Record<"logProbs" | "probabilities", Tensor> {
  const inverse = logits.graph.input("inverseTemperature", "float32", []);
  return { logProbs: logSoftmax(logits), probabilities: softmax(mul(logits, inverse)) };
}

/**
 * Reads prompts padded at the right. Inputs: `ids` [batch, length]; `last` [batch], the row of the flattened batch·length
 * at which each prompt ends. Outputs: the choices of the next token; the keys and values.
 */
export function prefillProgram(
  config: TransformerConfig,
  { batch, length, ...options }: PassOptions & { batch: number; length: number },
): Program {
  const g = graph();
  const pass = forward(g, config, { batch, length, ...options });
  const last = g.input("last", "int64", [batch]);
  const outputs: Record<string, Tensor> = choices(pass.logits(gather(pass.hidden, last)));
  for (const [layer, { key, value }] of pass.keyValues.entries()) {
    outputs[keyName(layer)] = key;
    outputs[valueName(layer)] = value;
  }
  return compile(outputs);
}

/**
 * Adds one token to each row. Inputs: `ids` [batch]; `positions` [batch], which is also the number of slots of the cache
 * that are in use; the cache, [batch, kvHeads, slots, headDim]. Outputs: the choices of the token after it; its keys and
 * values, [batch, kvHeads, 1, headDim].
 *
 * The cache is only read: handing it out again would copy it at each step. Who runs the program writes the new keys and
 * values into it.
 */
export function decodeProgram(
  config: TransformerConfig,
  { batch, slots, ...options }: PassOptions & { batch: number; slots: number },
): Program {
  const { heads, kvHeads, headDim } = config;
  const g = graph();
  const net = network(g, config, options);
  const ids = g.input("ids", "int64", [batch]);
  const positions = g.input("positions", "int64", [batch]);
  const slot = g.constant(int64(Array.from({ length: slots }, (_, i) => i)));
  const used = less(slot, reshape(positions, [batch, 1]));
  const mask = reshape(where(used, g.scalar(0), g.scalar(HIDDEN_SCORE)), [batch, 1, 1, slots]);
  const angles = rotaryAngles(g, config, positions, slots);
  const outputs: Record<string, Tensor> = {};
  const cached = (name: string) => g.input(`${PAST}${name}`, "float32", [batch, kvHeads, slots, headDim]);

  const hidden = runLayers(net, embed(net, ids, positions), (layer, query, key, value) => {
    const turned = (x: Tensor, count: number) => turn(reshape(x, [batch, count, headDim]), angles);
    // scaled before the reshape: beside the product, the runtime would fuse the scale into it, and a fused product of
    // one row runs a slower kernel
    const scaled = mul(turned(query, heads), 1 / Math.sqrt(headDim));
    const q = reshape(scaled, [batch, kvHeads, heads / kvHeads, headDim]);
    const k = reshape(turned(key, kvHeads), [batch, kvHeads, 1, headDim]);
    const v = reshape(value, [batch, kvHeads, 1, headDim]);
    outputs[keyName(layer)] = k;
    outputs[valueName(layer)] = v;
    const past = add(matmul(q, transpose(cached(keyName(layer)))), mask);
    const weights = softmax(concat([past, matmul(q, transpose(k))], -1));
    const [ofPast, own] = split(weights, [slots, 1], -1) as [Tensor, Tensor];
    const mixed = add(matmul(ofPast, cached(valueName(layer))), mul(own, v));
    return reshape(mixed, [batch, heads * headDim]);
  });
  return compile({ ...choices(unembed(net, hidden)), ...outputs });
}

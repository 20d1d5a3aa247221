/**
 * What stands for a response: three hidden states after the final norm, and its length.
 * @module
 */
import {
  concat,
  float32,
  type Graph,
  int64,
  matmul,
  reshape,
  type Tensor,
  type Value,
} from "../../engine/index.ts";
import { forward, type TransformerConfig } from "../../models/index.ts";
import type { Sequence } from "./sequence.ts";

/** Name and version of the features. A head of another version means something else. */
export const POOLED_FEATURES = "pooled/1";

/** The mean over the response, the state at its last token, and the one before that, which foresees the end. */
export const STATES = 3;

/** The states one after the other, then log(tokens of the response). */
export const pooledLength = ({ dim }: Pick<TransformerConfig, "dim">): number => STATES * dim + 1;

/** Sequences of one length. */
export type PassShape = { readonly rows: number; readonly length: number };

/**
 * The trunk over some sequences and the features of each, [rows, pooledLength]. Inputs besides `ids`: `pool`
 * [rows, STATES, length], by which hidden states are weighted and summed, and `lengths` [rows, 1].
 */
export function pooledPass(
  g: Graph,
  config: TransformerConfig,
  { rows, length }: PassShape,
): { pooled: Tensor; parameters: readonly Tensor[] } {
  const { hidden, parameters } = forward(g, config, { batch: rows, length });
  const pool = g.input("pool", "float32", [rows, STATES, length]);
  const states = matmul(pool, reshape(hidden, [rows, length, config.dim]));
  const lengths = g.input("lengths", "float32", [rows, 1]);
  return {
    pooled: concat([reshape(states, [rows, STATES * config.dim]), lengths], 1),
    // the unembedding makes logits, which nothing here reads
    parameters: parameters.filter(({ name }) => name !== "unembedding"),
  };
}

/** Feeds of `pooledPass`; rows without a sequence, and what follows its end, are padding. */
export function pooledFeeds(
  sequences: readonly Sequence[],
  { rows, length }: PassShape,
): Record<string, Value> {
  const ids = new BigInt64Array(rows * length);
  const pool = new Float32Array(rows * STATES * length);
  const lengths = new Float32Array(rows);
  sequences.forEach(({ tokens, response }, row) => {
    tokens.forEach((token, i) => {
      ids[row * length + i] = BigInt(token);
    });
    const [mean, last, before] = [0, 1, 2].map((state) => (row * STATES + state) * length) as [
      number,
      number,
      number,
    ];
    const size = tokens.length - response;
    pool.fill(1 / size, mean + response, mean + tokens.length);
    pool[last + tokens.length - 1] = 1;
    pool[before + Math.max(0, tokens.length - 2)] = 1;
    lengths[row] = Math.log(size);
  });
  return {
    ids: int64(ids, [rows, length]),
    pool: float32(pool, [rows, STATES, length]),
    lengths: float32(lengths, [rows, 1]),
  };
}

import { float32, type Graph, int64, matmul, reshape, type Tensor, type Value } from "../../engine/index.ts";
import { forward, type TransformerConfig } from "../../models/index.ts";
import type { Pooling } from "./pooling.ts";
import type { Sequence } from "./sequence.ts";

/** Sequences of one length. */
export type PassShape = { readonly rows: number; readonly length: number };

/**
 * The trunk over some sequences: hidden states after the final norm, weighted by the input `pool` [rows, length] and summed,
 * [rows, dim].
 */
export function pooledPass(
  g: Graph,
  config: TransformerConfig,
  { rows, length }: PassShape,
): { pooled: Tensor; parameters: readonly Tensor[] } {
  const { hidden, parameters } = forward(g, config, { batch: rows, length });
  const pool = g.input("pool", "float32", [rows, length]);
  const sums = matmul(reshape(pool, [rows, 1, length]), reshape(hidden, [rows, length, config.dim]));
  return {
    pooled: reshape(sums, [rows, config.dim]),
    // the unembedding makes logits, which nothing here reads
    parameters: parameters.filter(({ name }) => name !== "unembedding"),
  };
}

/** Feeds of `pooledPass`; rows without a sequence, and what follows its end, are padding. */
export function pooledFeeds(
  sequences: readonly Sequence[],
  { rows, length }: PassShape,
  pooling: Pooling,
): Record<string, Value> {
  const ids = new BigInt64Array(rows * length);
  const pool = new Float32Array(rows * length);
  sequences.forEach(({ tokens, response }, row) => {
    tokens.forEach((token, i) => {
      ids[row * length + i] = BigInt(token);
    });
    const first = pooling === "last" ? tokens.length - 1 : response;
    pool.fill(1 / (tokens.length - first), row * length + first, row * length + tokens.length);
  });
  return { ids: int64(ids, [rows, length]), pool: float32(pool, [rows, length]) };
}

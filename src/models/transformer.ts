/**
 * A pass of the transformer over whole sequences, for training, scoring and the start of sampling.
 * @module
 */
import {
  add,
  equal,
  type Graph,
  matmul,
  mul,
  reshape,
  rotary,
  softmax,
  type Tensor,
  transpose,
  where,
} from "../engine/index.ts";
import type { TransformerConfig } from "./config.ts";
import { embed, type NetworkOptions, network, runLayers, unembed } from "./network.ts";
import { type Angles, rotaryAngles } from "./rotary-angles.ts";

export type ForwardOptions = NetworkOptions & {
  /** Sequences. */
  batch: number;
  /** Tokens of each sequence, padding included; at most the config's context. */
  length: number;
  /** Takes the place of the input `ids`, so that two passes read the same tokens. */
  ids?: Tensor;
  /** Adds the input `positions`; without it, tokens stand at 0…length−1. */
  positions?: boolean;
  /** Adds the input `segments`; without it, each row is one text. */
  segments?: boolean;
};

/** A pass in a graph: what to feed, and what comes out. */
export type Forward = {
  /** Every weight as float32 input, named and ordered as in `weightShapes`. */
  readonly parameters: readonly Tensor[];
  /** Input `ids`, int64 [batch, length], unless given. */
  readonly ids: Tensor;
  /** Input `positions`, int64 [batch, length], each below `length`; the places of the tokens in their texts. */
  readonly positions?: Tensor;
  /** Input `segments`, int64 [batch, length]: a token attends to earlier tokens of its own segment only. */
  readonly segments?: Tensor;
  /** After the final norm, [batch·length, dim]; row b·length + t belongs to token t of sequence b. */
  readonly hidden: Tensor;
  /** What each layer's attention reads, both [batch, kvHeads, length, headDim]; keys are rotated already. */
  readonly keyValues: readonly { readonly key: Tensor; readonly value: Tensor }[];
  /**
   * Scores of the next token, [rows, vocabSize]: of all positions, or of selected rows of `hidden`. With
   * `tiedEmbeddings: false`, the weight `unembedding` is used here only.
   */
  logits(hidden?: Tensor): Tensor;
};

/**
 * Builds the pass. Attention is causal: a token sees itself and what stands before it, so sequences padded at the right
 * need no mask, and only the results at their padding are without meaning. Rows padded at the left, or packed with
 * several texts, are told apart by `segments` and `positions`.
 *
 * @example
 * const g = graph();
 * const { ids, parameters, hidden, logits } = forward(g, config, { batch: 16, length: 128 });
 * const loss = neg(mean(logProb(logits(), g.input("targets", "int64", [16 * 128]))));
 * const program = trainStep(loss, parameters, adamW());
 * @throws RangeError where the sequences are longer than the context
 */
export function forward(g: Graph, config: TransformerConfig, options: ForwardOptions): Forward {
  const { batch, length } = options;
  if (length > config.context) {
    throw new RangeError(`sequences of ${length} tokens are longer than the context of ${config.context}`);
  }
  const net = network(g, config, options);
  const ids = options.ids ?? g.input("ids", "int64", [batch, length]);
  const positions = options.positions ? g.input("positions", "int64", [batch, length]) : undefined;
  const segments = options.segments ? g.input("segments", "int64", [batch, length]) : undefined;
  const places = positions ?? g.indices(Array.from({ length }, (_, t) => t));
  const angles = rotaryAngles(g, config, places, length);
  const mask = attentionMask(g, length, segments);
  const keyValues: { key: Tensor; value: Tensor }[] = [];

  const tokens = reshape(embed(net, ids, places), [batch * length, config.dim]);
  const hidden = runLayers(net, tokens, (_, query, key, value) => {
    const split = (x: Tensor) => reshape(x, [batch, length, -1, config.headDim]);
    const heads = (x: Tensor) => transpose(x, [0, 2, 1, 3]);
    const keyValue = { key: heads(turn(split(key), angles)), value: heads(split(value)) };
    keyValues.push(keyValue);
    const mixed = attend(heads(turn(split(query), angles)), keyValue.key, keyValue.value, mask);
    return reshape(heads(mixed), [batch * length, -1]);
  });
  return {
    parameters: [...net.parameters.values()],
    ids,
    ...(positions && { positions }),
    ...(segments && { segments }),
    hidden,
    keyValues,
    logits: (rows = hidden) => unembed(net, rows),
  };
}

/** Queries or keys [.., heads, headDim] turned to their positions. */
export const turn = (x: Tensor, angles: Angles | undefined): Tensor =>
  angles === undefined ? x : rotary(x, angles.cosine, angles.sine);

/**
 * softmax(q·kᵀ/√headDim + mask)·v: queries [batch, heads, length, headDim], keys and values [batch, kvHeads, ..].
 * The heads that share a key stand one below the other in one product.
 */
function attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor): Tensor {
  const [batch, heads, length, size] = query.shape as [number, number, number, number];
  const shared = key.shape[1]!;
  const grouped = (x: Tensor) => reshape(x, [batch, shared, (heads / shared) * length, x.shape.at(-1)!]);
  const scores = mul(matmul(grouped(query), transpose(key)), 1 / Math.sqrt(size));
  const weights = softmax(add(reshape(scores, [batch, heads, length, -1]), mask));
  return reshape(matmul(grouped(weights), value), query.shape);
}

/** What is added to the score of a key that a query must not see: finite, and nothing after the softmax. */
export const HIDDEN_SCORE = -1e9;

/** Added to scores [batch, heads, query, key]. */
function attentionMask(g: Graph, length: number, segments: Tensor | undefined): Tensor {
  const data = Float32Array.from({ length: length * length }, (_, at) =>
    at % length > Math.floor(at / length) ? HIDDEN_SCORE : 0,
  );
  const causal = g.constant({ dtype: "float32", shape: [length, length], data });
  if (segments === undefined) return causal;
  const batch = segments.shape[0]!;
  const own = equal(reshape(segments, [batch, 1, length, 1]), reshape(segments, [batch, 1, 1, length]));
  return add(where(own, g.scalar(0), g.scalar(HIDDEN_SCORE)), causal);
}

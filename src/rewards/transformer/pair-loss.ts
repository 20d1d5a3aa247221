import {
  add,
  float32,
  graph,
  matmul,
  mul,
  reshape,
  softplus,
  split,
  square,
  sub,
  sum,
  type Value,
} from "../../engine/index.ts";
import type { LossFeeds, LossGraph, TransformerConfig } from "../../models/index.ts";
import { type PassShape, pooledFeeds, pooledLength, pooledPass } from "./pooled-pass.ts";
import type { Sequence } from "./sequence.ts";

/** A pair ready to be learned. */
export type TokenPair = {
  readonly chosen: Sequence;
  readonly rejected: Sequence;
  /** Which head judges it. */
  readonly head: number;
  /** By how much the chosen should win. */
  readonly margin: number;
  readonly weight: number;
};

export const HEADS = "heads";

/** Twice as many rows as pairs: first all chosen, then all rejected. */
export const pairKey = ({ rows, length }: PassShape): string => `${rows}×${length}`;

/**
 * Σ w·(softplus(m − (r⁺ − r⁻)) + c·(r⁺ + r⁻)²) with weights w that sum to 1: Bradley–Terry with margins, and centring
 * (Eisenstein et al. 2024, section 2.2), which pins down the shift that differences leave open.
 */
export function pairLoss(
  config: TransformerConfig,
  shape: PassShape,
  { heads, centring }: { heads: number; centring: number },
): LossGraph {
  const g = graph();
  const { pooled, parameters } = pooledPass(g, config, shape);
  const matrix = g.input(HEADS, "float32", [pooledLength(config), heads]);
  // one column of each row counts: the head of its value
  const choice = g.input("choice", "float32", [shape.rows, heads]);
  const pairs = shape.rows / 2;
  const rewards = sum(mul(matmul(pooled, matrix), choice), [1]);
  const [chosen, rejected] = split(reshape(rewards, [2, pairs]), [1, 1], 0);
  const weights = g.input("weights", "float32", [1, pairs]);
  const margins = g.input("margins", "float32", [1, pairs]);
  const ranking = softplus(sub(margins, sub(chosen!, rejected!)));
  const shift = mul(square(add(chosen!, rejected!)), centring);
  return { loss: sum(mul(weights, add(ranking, shift))), trained: [...parameters, matrix] };
}

/** @param pairs not more than the shape has room for, some with a weight above 0 */
export function pairFeeds(
  pairs: readonly TokenPair[],
  shape: PassShape,
  { heads }: { heads: number },
): LossFeeds<PassShape> {
  const room = shape.rows / 2;
  const empty = { tokens: [0], response: 0 };
  const fill = (side: "chosen" | "rejected") =>
    Array.from({ length: room }, (_, i) => pairs[i]?.[side] ?? empty);
  const total = pairs.reduce((sum, { weight }) => sum + weight, 0);
  const choice = new Float32Array(shape.rows * heads);
  const weights = new Float32Array(room);
  const margins = new Float32Array(room);
  pairs.forEach(({ head, margin, weight }, i) => {
    choice[i * heads + head] = 1;
    choice[(room + i) * heads + head] = 1;
    weights[i] = total > 0 ? weight / total : 0;
    margins[i] = margin;
  });
  const feeds: Record<string, Value> = {
    ...pooledFeeds([...fill("chosen"), ...fill("rejected")], shape),
    choice: float32(choice, [shape.rows, heads]),
    weights: float32(weights, [1, room]),
    margins: float32(margins, [1, room]),
  };
  return { shape, feeds };
}

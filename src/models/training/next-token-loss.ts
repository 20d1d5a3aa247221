import {
  float32,
  graph,
  int64,
  logProb,
  mul,
  neg,
  type State,
  sum,
  type Tensor,
  type Value,
} from "../../engine/index.ts";
import type { TransformerConfig } from "../config.ts";
import { forward } from "../transformer.ts";
import type { Batch } from "./batches.ts";
import type { Learner, LossFeeds, LossGraph } from "./learner.ts";
import { adapting } from "./lora.ts";
import type { AdapterShape } from "./lora-shape.ts";

/** Rows and length of a batch. */
export type BatchShape = { readonly rows: number; readonly length: number };

export const batchKey = ({ rows, length }: BatchShape): string => `${rows}×${length}`;

/**
 * Σ weight · −log p(target): the weights of the targets are an input, so that the parts of an accumulated step share one
 * mean over all their tokens.
 * @param adapter where given, only it is trained
 */
export function nextTokenLoss(
  config: TransformerConfig,
  { rows, length }: BatchShape,
  adapter?: AdapterShape,
): LossGraph {
  const g = graph();
  const adapted = adapter && adapting(g, config, adapter);
  const pass = forward(g, config, { batch: rows, length, ...(adapted && { project: adapted.project }) });
  const targets = g.input("targets", "int64", [rows * length]);
  const weights: Tensor = g.input("weights", "float32", [rows * length]);
  const loss = neg(sum(mul(logProb(pass.logits(), targets), weights)));
  return { loss, trained: adapted?.parameters ?? pass.parameters };
}

/** @param total learned tokens that the mean is over, where the batch is a part of a step: those of all its parts */
export function nextTokenFeeds(batch: Batch, total: number = batch.learned): LossFeeds<BatchShape> {
  const { rows, length, ids, targets, mask } = batch;
  const feeds: Record<string, Value> = {
    ids: int64(ids, [rows, length]),
    targets: int64(targets),
    weights: float32(mask.map((learned) => learned / Math.max(1, total))),
  };
  return { shape: { rows, length }, feeds };
}

/** Mean loss in nats over all learned tokens of some batches. */
export async function meanLoss(
  learner: Pick<Learner<BatchShape>, "loss">,
  batches: readonly Batch[],
): Promise<number> {
  let sum = 0;
  let tokens = 0;
  for (const batch of batches) {
    sum += batch.learned * (await learner.loss(nextTokenFeeds(batch)));
    tokens += batch.learned;
  }
  return sum / tokens;
}

/** The current weights of a state, without a copy. */
export function currentWeights(state: State, names: Iterable<string>): Map<string, Float32Array> {
  return new Map([...names].map((name) => [name, state.get(name).data as Float32Array]));
}

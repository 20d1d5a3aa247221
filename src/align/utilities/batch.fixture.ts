import fc from "fast-check";
import type { ReferenceSpec } from "../../objective/index.ts";
import type { RewardedBatch } from "../utility.ts";

/** A batch of given rewards; its prompts have the hashes p0, p1, … */
export function batchOf(rewards: readonly ArrayLike<number>[], n: number): RewardedBatch {
  const prompts = Array.from({ length: rewards[0]!.length / n }, (_, p) => ({
    promptHash: `p${p}`,
    prompt: [{ role: "user" as const, content: `question ${p}` }],
    ids: [p],
  }));
  return { prompts, n, rewards: rewards.map((column) => Float64Array.from(column)) };
}

/** All rollouts at one prompt. */
export const oneGroup = (rewards: readonly ArrayLike<number>[]): RewardedBatch =>
  batchOf(rewards, rewards[0]!.length);

/** One reference a prompt, p0 first, and 0 for others. */
export const perPrompt = (...references: (number | number[])[]): ReferenceSpec => ({
  kind: references.some(Array.isArray) ? "responses" : "quantile",
  prompts: Object.fromEntries(references.map((reference, p) => [`p${p}`, reference])),
  global: 0,
  otherwise: "global",
});

/** Batches of 2 values, 3 prompts and 4 responses each, with rewards up to ±`largest`. */
export const batches = (largest: number) =>
  fc
    .array(
      fc.array(fc.double({ min: -largest, max: largest, noNaN: true }), { minLength: 12, maxLength: 12 }),
      { minLength: 2, maxLength: 2 },
    )
    .map((rewards) => batchOf(rewards, 4));

/** The rollouts of each group in another order: position i takes the one that stood at `order[i % n]`. */
export function reordered(batch: RewardedBatch, order: readonly number[]): RewardedBatch {
  return { ...batch, rewards: batch.rewards.map((column) => reorder(column, order)) };
}

export const reorder = (column: Float64Array, order: readonly number[]): Float64Array =>
  column.map((_, i) => column[i - (i % order.length) + order[i % order.length]!]!);

/**
 * Batches of token sequences, as a pure function of their number: where a run stands in its data is one whole number, and a
 * run that goes on sees what it would have seen.
 * @module
 */
import { createRandom } from "../../stats/random.ts";
import type { Documents } from "./documents.ts";

/** Sequences of one length, row-major [rows, length]; shorter ones are padded at the end. */
export type Batch = {
  readonly rows: number;
  readonly length: number;
  readonly ids: BigInt64Array;
  /** The token that follows each of `ids`. */
  readonly targets: BigInt64Array;
  /** 1 where the target is learned; 0 where it is only read, or padding. */
  readonly mask: Float32Array;
  /** Ones in the mask. */
  readonly learned: number;
  /** Tokens that are no padding. */
  readonly tokens: number;
};

/** Endless batches in the order of a seed. */
export type Batches = {
  /** How many make one pass over the documents. */
  readonly perEpoch: number;
  at(index: number): Batch;
};

export type BatchOptions = {
  rows: number;
  /** Longest sequence, in tokens. */
  length: number;
  /** Of the order; each epoch has its own. */
  seed: number;
};

/** An empty batch to be filled. */
export function emptyBatch(rows: number, length: number): Batch & { learned: number; tokens: number } {
  return {
    rows,
    length,
    ids: new BigInt64Array(rows * length),
    targets: new BigInt64Array(rows * length),
    mask: new Float32Array(rows * length),
    learned: 0,
    tokens: 0,
  };
}

/** The documents 0…count − 1 in the order of an epoch. */
export function epochOrder(count: number, seed: number, epoch: number): number[] {
  // multipliers with well-spread bits, so that neighbouring seeds and epochs share no order
  const mixed = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(epoch + 1, 0x85ebca6b);
  return createRandom(mixed).shuffle(Array.from({ length: count }, (_, i) => i));
}

/** Remembers the result for the last key: consecutive batches share an epoch. */
export function rememberLast<T>(make: (key: number) => T): (key: number) => T {
  let last: { key: number; value: T } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, value: make(key) };
    return last.value;
  };
}

export const documentLength = ({ starts }: Documents, document: number): number =>
  starts[document + 1]! - starts[document]!;

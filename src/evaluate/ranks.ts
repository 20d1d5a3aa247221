/**
 * Rank correlation with intervals over prompts.
 * @module
 */
import type { Estimate } from "../stats/bootstrap.ts";
import { derive, estimateOrNull, type Resampler } from "./resample.ts";

/** Ranks less their mean, ties sharing their average rank: −(n−1)/2 … (n−1)/2, all 0 where all are equal. */
export function centredRanks(x: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: x.length }, (_, i) => i).sort((a, b) => x[a]! - x[b]!);
  const ranks = new Float64Array(x.length);
  const middle = (x.length - 1) / 2;
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end + 1 < order.length && x[order[end + 1]!] === x[order[start]!]) end++;
    for (let i = start; i <= end; i++) ranks[order[i]!] = (start + end) / 2 - middle;
    start = end + 1;
  }
  return ranks;
}

/**
 * Spearman correlation over all rows. Ranks are taken once over all rows; the interval resamples prompts.
 *
 * @param x, y centred ranks, prompt after prompt
 * @param sizes rows of each prompt
 * @returns null if either is constant
 */
export function spearman(
  x: Float64Array,
  y: Float64Array,
  sizes: readonly number[],
  resampler: Resampler,
): Estimate | null {
  const mean = (of: (i: number) => number) => resampler.mean(sumsByPrompt(of, sizes));
  return estimateOrNull(
    derive(
      (n, sx, sy, sxx, syy, sxy) =>
        bounded((sxy - (sx * sy) / n) / Math.sqrt((sxx - sx ** 2 / n) * (syy - sy ** 2 / n))),
      resampler.mean(sizes),
      mean((i) => x[i]!),
      mean((i) => y[i]!),
      mean((i) => x[i]! ** 2),
      mean((i) => y[i]! ** 2),
      mean((i) => x[i]! * y[i]!),
    ),
  );
}

/**
 * Spearman correlation within prompts, pooled: Σ xy/√(Σ x² Σ y²) over ranks that are centred at each prompt.
 *
 * @returns null if no prompt has both varying
 */
export function spearmanWithin(
  x: Float64Array,
  y: Float64Array,
  sizes: readonly number[],
  resampler: Resampler,
): Estimate | null {
  const mean = (of: (i: number) => number) => resampler.mean(sumsByPrompt(of, sizes));
  return estimateOrNull(
    derive(
      (sxx, syy, sxy) => bounded(sxy / Math.sqrt(sxx * syy)),
      mean((i) => x[i]! ** 2),
      mean((i) => y[i]! ** 2),
      mean((i) => x[i]! * y[i]!),
    ),
  );
}

/** Rounding must not carry a correlation beyond ±1. */
const bounded = (r: number): number => Math.min(1, Math.max(-1, r));

function sumsByPrompt(of: (i: number) => number, sizes: readonly number[]): Float64Array {
  let at = 0;
  return Float64Array.from(sizes, (size) => {
    let sum = 0;
    for (const end = at + size; at < end; at++) sum += of(at);
    return sum;
  });
}

/** Ranks centred at each prompt. */
export function ranksWithin(x: Float64Array, sizes: readonly number[]): Float64Array {
  const ranks = new Float64Array(x.length);
  let at = 0;
  for (const size of sizes) {
    ranks.set(centredRanks(x.subarray(at, at + size)), at);
    at += size;
  }
  return ranks;
}

/**
 * Share of pairs of candidates that a and b order differently, 0 (same ranking) … 1 (reversed). A tie in one of them is
 * half, a tie in both is none.
 */
export function kendallDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let distance = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      distance += Math.abs(Math.sign(a[i]! - a[j]!) - Math.sign(b[i]! - b[j]!)) / 2;
    }
  }
  return distance / ((a.length * (a.length - 1)) / 2);
}

import { type Estimate, sortedQuantile } from "../stats/bootstrap.ts";
import { createRandom } from "../stats/random.ts";

/** A mean over prompts with its bootstrap draws. */
export type Draws = { value: number; draws: Float64Array };

export type ResampleOptions = { seed: number; resamples?: number };

export const DEFAULT_RESAMPLES = 1000;

/** Above this many prompts, blocks of prompts are drawn instead of prompts. */
const MOST_UNITS = 1000;

/**
 * The bootstrap over prompts for many means at once. All means see the same resamples, so that any function of several
 * (a difference between methods, the least of several) gets a paired interval by applying it draw by draw.
 *
 * With more than 1,000 prompts, prompts are first dealt at random into 1,000 blocks, and blocks are drawn: the variance
 * of a mean over equal blocks of independent prompts is the same, at a fraction of the work.
 */
export class Resampler {
  readonly n: number;
  readonly resamples: number;
  private readonly blockOf: Int32Array;
  private readonly sizes: Float64Array;
  /** How often each block was drawn, resample by resample. */
  private readonly counts: Float64Array[];
  private readonly drawn: Float64Array;

  /** @param n number of prompts, ≥ 1 */
  constructor(n: number, { seed, resamples = DEFAULT_RESAMPLES }: ResampleOptions) {
    if (!Number.isInteger(n) || n < 1) throw new RangeError(`a bootstrap needs at least one unit, got ${n}`);
    const random = createRandom(seed);
    const blocks = Math.min(n, MOST_UNITS);
    this.n = n;
    this.resamples = resamples;
    this.blockOf = new Int32Array(n);
    const order = blocks < n ? random.shuffle(Array.from({ length: n }, (_, i) => i)) : undefined;
    for (let i = 0; i < n; i++) this.blockOf[order?.[i] ?? i] = i % blocks;
    this.sizes = new Float64Array(blocks);
    for (const block of this.blockOf) this.sizes[block]! += 1;
    this.counts = Array.from({ length: resamples }, () => {
      const counts = new Float64Array(blocks);
      for (let i = 0; i < blocks; i++) counts[random.below(blocks)]! += 1;
      return counts;
    });
    this.drawn = Float64Array.from(this.counts, (counts) => dot(counts, this.sizes));
  }

  /** Mean of one number a prompt, with its draws. */
  mean(column: ArrayLike<number>): Draws {
    const sums = new Float64Array(this.sizes.length);
    let total = 0;
    for (let i = 0; i < this.n; i++) {
      sums[this.blockOf[i]!]! += column[i]!;
      total += column[i]!;
    }
    const draws = new Float64Array(this.resamples);
    for (let b = 0; b < this.resamples; b++) draws[b] = dot(this.counts[b]!, sums) / this.drawn[b]!;
    return { value: total / this.n, draws };
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  // four sums run side by side, where one would wait for itself
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const whole = a.length - (a.length % 4);
  for (let i = 0; i < whole; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (let i = whole; i < a.length; i++) s0 += a[i]! * b[i]!;
  return s0 + s1 + (s2 + s3);
}

/** A function of several means: of their values for the value, draw by draw for the draws. */
export function derive(of: (...means: number[]) => number, ...inputs: Draws[]): Draws {
  const draws = new Float64Array(inputs[0]!.draws.length);
  const at = new Array<number>(inputs.length);
  for (let b = 0; b < draws.length; b++) {
    for (let i = 0; i < inputs.length; i++) at[i] = inputs[i]!.draws[b]!;
    draws[b] = of(...at);
  }
  return { value: of(...inputs.map(({ value }) => value)), draws };
}

/** a − b, draw by draw. */
export const minus = (a: Draws, b: Draws): Draws => derive((x, y) => x - y, a, b);

/**
 * The value with its 95 % percentile interval. Draws that are not finite (an empty denominator) are left out; an
 * interval without any is the value itself.
 *
 * @returns null if the value itself is not finite
 */
export function estimateOrNull({ value, draws }: Draws): Estimate | null {
  if (!Number.isFinite(value)) return null;
  const sorted = draws.filter(Number.isFinite).sort();
  if (sorted.length === 0) return { value, ci95: [value, value] };
  return { value, ci95: [sortedQuantile(sorted, 0.025), sortedQuantile(sorted, 0.975)] };
}

/** As `estimateOrNull`, for what is always finite. */
export function estimate(draws: Draws): Estimate {
  const found = estimateOrNull(draws);
  if (found === null) throw new RangeError(`an estimate is ${draws.value}, not finite`);
  return found;
}

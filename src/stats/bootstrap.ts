import { createRandom } from "./random.ts";

/** An estimate with its percentile bootstrap interval. */
export type Estimate = {
  value: number;
  /** [low, high] at the 95 % level. */
  ci95: [number, number];
};

export type BootstrapOptions = {
  seed: number;
  /** Number of resamples; 1,000 where absent. */
  resamples?: number;
};

/**
 * Percentile bootstrap of any statistic of n exchangeable units (prompts, usually): draws n unit indices with
 * replacement, `resamples` times, and takes the 2.5 % and 97.5 % quantiles (Efron & Tibshirani 1993, ch. 13).
 * Resamples whose statistic is not finite (an empty denominator) are left out.
 *
 * @param n number of units, ≥ 1
 * @param statistic from unit indices to a number; called once with 0…n−1 for the estimate itself
 */
export function bootstrap(
  n: number,
  statistic: (units: Int32Array) => number,
  options: BootstrapOptions,
): Estimate {
  if (!Number.isInteger(n) || n < 1) throw new RangeError(`a bootstrap needs at least one unit, got ${n}`);
  const random = createRandom(options.seed);
  const value = statistic(Int32Array.from({ length: n }, (_, i) => i));
  const draws: number[] = [];
  const units = new Int32Array(n);
  for (let b = 0; b < (options.resamples ?? 1000); b++) {
    for (let i = 0; i < n; i++) units[i] = random.below(n);
    const draw = statistic(units);
    if (Number.isFinite(draw)) draws.push(draw);
  }
  const sorted = Float64Array.from(draws).sort();
  if (sorted.length === 0) return { value, ci95: [value, value] };
  return { value, ci95: [sortedQuantile(sorted, 0.025), sortedQuantile(sorted, 0.975)] };
}

/**
 * Mean of observations that come in clusters (several pairs at one prompt), with an interval that resamples whole
 * clusters, so that copies of one prompt do not count as independent evidence.
 *
 * @param observations numbers, at least one
 * @param clusters the cluster of each observation (a prompt hash)
 */
export function clusteredMean(
  observations: ArrayLike<number>,
  clusters: readonly string[],
  options: BootstrapOptions,
): Estimate {
  const totals = new Map<string, { sum: number; count: number }>();
  clusters.forEach((cluster, i) => {
    const total = totals.get(cluster) ?? { sum: 0, count: 0 };
    total.sum += observations[i]!;
    total.count += 1;
    totals.set(cluster, total);
  });
  const all = [...totals.values()];
  return bootstrap(
    all.length,
    (units) => {
      let sum = 0;
      let count = 0;
      for (const unit of units) {
        sum += all[unit]!.sum;
        count += all[unit]!.count;
      }
      return sum / count;
    },
    options,
  );
}

/** Linear-interpolation quantile (type 7 of Hyndman & Fan 1996) of an ascending, non-empty array. */
export function sortedQuantile(sorted: Float64Array, q: number): number {
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (at - low);
}

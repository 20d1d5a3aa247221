/**
 * How choosing moves the distribution of each value's z.
 * @module
 */
import { quantile } from "../objective/index.ts";
import type { Chosen } from "./candidates.ts";
import { probability } from "./choice.ts";
import { concat, type ScoredSet } from "./scored-set.ts";
import type { DistributionSeries, JudgedValue, ValueDistribution } from "./types.ts";

const BINS = 30;
const LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95];

/** @param series methods to draw, base first; every prompt weighs the same */
export function valueDistributions(
  series: readonly Chosen[],
  sets: readonly ScoredSet[],
  values: readonly JudgedValue[],
): ValueDistribution[] {
  return values.map(({ name, temperature }, v) => {
    const z = concat(sets.map((set) => set.z[v]!));
    const edges = binEdges(z);
    return {
      value: name,
      temperature,
      edges,
      series: series.map((chosen) => ({
        method: chosen.method.name,
        ...describe(z, massOf(chosen, sets), edges),
      })),
    };
  });
}

/** Probability of each candidate over all prompts, in the order of `concat`; sums to 1. */
function massOf({ choices }: Chosen, sets: readonly ScoredSet[]): Float64Array {
  return concat(
    sets.map(({ size }, i) =>
      Float64Array.from({ length: size }, (_, c) => probability(choices[i]!, c) / sets.length),
    ),
  );
}

/** 30 equal bins between the 0.5 % and 99.5 % quantiles, so that one outlier does not flatten the picture. */
export function binEdges(x: ArrayLike<number>): number[] {
  let [low, high] = [quantile(x, 0.005), quantile(x, 0.995)];
  if (!(high > low)) {
    const margin = Math.max(0.5, Math.abs(low) * 1e-3);
    [low, high] = [low - margin, high + margin];
  }
  return Array.from({ length: BINS + 1 }, (_, i) => low + ((high - low) * i) / BINS);
}

/** Shares of the mass in bins [edge, next edge), the last one closed; what lies outside counts in the end bins. */
export function histogram(
  x: ArrayLike<number>,
  mass: ArrayLike<number>,
  edges: readonly number[],
): { shares: number[]; outside: { below: number; above: number } } {
  const bins = edges.length - 1;
  const [low, high] = [edges[0]!, edges[bins]!];
  const shares = new Array<number>(bins).fill(0);
  const outside = { below: 0, above: 0 };
  for (let i = 0; i < x.length; i++) {
    const at = Math.floor(((x[i]! - low) / (high - low)) * bins);
    shares[Math.min(Math.max(at, 0), bins - 1)]! += mass[i]!;
    if (x[i]! < low) outside.below += mass[i]!;
    if (x[i]! > high) outside.above += mass[i]!;
  }
  return { shares, outside };
}

function describe(z: Float64Array, mass: Float64Array, edges: number[]): Omit<DistributionSeries, "method"> {
  let mean = 0;
  let aboveReference = 0;
  for (let i = 0; i < z.length; i++) {
    mean += mass[i]! * z[i]!;
    if (z[i]! > 0) aboveReference += mass[i]!;
  }
  let variance = 0;
  for (let i = 0; i < z.length; i++) variance += mass[i]! * (z[i]! - mean) ** 2;
  return {
    ...histogram(z, mass, edges),
    mean,
    std: Math.sqrt(variance),
    quantiles: weightedQuantiles(z, mass, LEVELS).map((at, i) => ({ q: LEVELS[i]!, z: at })),
    aboveReference,
  };
}

/** The least x at or below which at least q of the mass lies (the inverse of the weighted distribution function). */
export function weightedQuantiles(x: Float64Array, mass: Float64Array, levels: readonly number[]): number[] {
  const order = Uint32Array.from(x.keys())
    .filter((i) => mass[i]! > 0)
    .sort((a, b) => x[a]! - x[b]!);
  const total = order.reduce((sum, i) => sum + mass[i]!, 0);
  return levels.map((q) => {
    let below = 0;
    for (const i of order) {
      below += mass[i]!;
      // the sum of many small masses may fall a few roundings short of q
      if (below >= q * total * (1 - 1e-12)) return x[i]!;
    }
    return x[order.at(-1)!]!;
  });
}

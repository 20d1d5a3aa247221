import { crossValidate, FOLDS, type OpenProblem, STRENGTHS, type Tried } from "../cross-validation.ts";
import { groupedFolds } from "../folds.ts";
import { fitBradleyTerry } from "../logistic.ts";
import type { SparseRows } from "../sparse.ts";
import { STATES } from "./pooled-pass.ts";

/** A pair as a head learns it. */
export type PooledPair = {
  promptHash: string;
  /** Features of the chosen less those of the rejected response. */
  difference: Float32Array;
  margin: number;
  weight: number;
};

export type HeadFit = {
  /** One number a feature. */
  head: Float32Array;
  l2: number;
  /** What was tried, strongest first. */
  crossValidation: Omit<Tried, "outOfFold">[];
  /** Δ of each pair by the head that did not see its prompt. */
  outOfFold: Float64Array;
};

/** Root mean square of the length's differences, where that of the states' together is 1. */
const LENGTH_SCALE = 0.3;

/**
 * Fits a head to features that stay as they are: convex, so that the same pairs give the same head. The strength of the
 * penalty is the one with the best likelihood in cross-validation over prompts.
 *
 * @param pairs of at least two prompts
 */
export async function fitHead(
  pairs: readonly PooledPair[],
  options: { seed: number; signal?: AbortSignal; onProgress?: (text: string) => void },
): Promise<HeadFit> {
  const scales = blockScales(pairs.map(({ difference }) => difference));
  const differences = denseRows(pairs, scales);
  const fit: OpenProblem["fit"] = {
    differences,
    margins: Float64Array.from(pairs, ({ margin }) => margin),
    counts: Float64Array.from(pairs, ({ weight }) => weight),
    penalties: new Float64Array(differences.columns).fill(1),
  };
  const fold = groupedFolds(
    pairs.map(({ promptHash }) => promptHash),
    FOLDS,
    options.seed,
  );
  const { tried, best } = await crossValidate({ fit, scored: differences }, fold, {
    ...options,
    strengths: STRENGTHS,
  });
  const { x } = fitBradleyTerry({ ...fit, l2: best.l2 }, { tolerance: 1e-5 });
  return {
    head: Float32Array.from(x, (weight, j) => weight * scales[j]!),
    l2: best.l2,
    crossValidation: tried.map(({ outOfFold: _, ...result }) => result),
    outOfFold: best.outOfFold,
  };
}

/** What each feature is multiplied by, so that one penalty suits all: states differ much in size from each other. */
function blockScales(differences: readonly Float32Array[]): Float64Array {
  const size = differences[0]!.length;
  const dim = (size - 1) / STATES;
  const squares = new Float64Array(STATES + 1);
  for (const difference of differences) {
    difference.forEach((x, j) => {
      squares[Math.floor(j / dim)]! += (x * x) / differences.length;
    });
  }
  return Float64Array.from({ length: size }, (_, j) => {
    const block = Math.floor(j / dim);
    const target = block < STATES ? 1 / Math.sqrt(STATES) : LENGTH_SCALE;
    return squares[block] === 0 ? 0 : target / Math.sqrt(squares[block]!);
  });
}

function denseRows(pairs: readonly PooledPair[], scales: Float64Array): SparseRows {
  const columns = scales.length;
  const values = new Float64Array(pairs.length * columns);
  pairs.forEach(({ difference }, i) => {
    for (let j = 0; j < columns; j++) values[i * columns + j] = difference[j]! * scales[j]!;
  });
  return {
    columns,
    starts: Int32Array.from({ length: pairs.length + 1 }, (_, i) => i * columns),
    indices: Int32Array.from(values, (_, k) => k % columns),
    values,
  };
}

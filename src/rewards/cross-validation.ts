import { softplus } from "../objective/index.ts";
import { type BradleyTerryProblem, fitBradleyTerry } from "./logistic.ts";
import { rowDot, type SparseRows } from "./sparse.ts";
import { turn } from "./turn.ts";

export const FOLDS = 5;
/** Penalties tried, strongest first, for features whose differences have a mean square of about 1 together. */
export const STRENGTHS = [1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5];

/** A Bradley–Terry fit whose penalty is still open. */
export type OpenProblem = {
  fit: Required<Pick<BradleyTerryProblem, "differences" | "margins" | "counts" | "penalties">>;
  /** The same differences as they count when scoring. */
  scored: SparseRows;
};

/** What a strength of the penalty did: mean −log σ(Δ) and accuracy on the folds left out, and Δ of each pair there. */
export type Tried = {
  l2: number;
  negativeLogLikelihood: number;
  accuracy: number;
  outOfFold: Float64Array;
};

type CrossValidationOptions = {
  /** Strongest first. */
  strengths: readonly number[];
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
};

/**
 * Tries penalties, each by leaving out one fold at a time. Weaker ones are no longer tried once two in a row were worse.
 * @param fold of each pair; pairs of one prompt in one
 */
export async function crossValidate(
  problem: OpenProblem,
  fold: Int32Array,
  { strengths, signal, onProgress }: CrossValidationOptions,
): Promise<{ tried: Tried[]; best: Tried }> {
  const starts: Float64Array[] = [];
  const tried: Tried[] = [];
  for (const l2 of strengths) {
    onProgress?.(`cross-validating, L2 ${l2}`);
    tried.push({ l2, ...(await leaveOut(problem, fold, l2, starts, signal)) });
    const [a, b, c] = tried.slice(-3).map(({ negativeLogLikelihood }) => negativeLogLikelihood);
    if (c !== undefined && a! < b! && b! < c) break;
  }
  const best = tried.reduce((a, b) => (b.negativeLogLikelihood < a.negativeLogLikelihood ? b : a));
  return { tried, best };
}

/** @param starts where each fold's fit begins; replaced by where it ends */
async function leaveOut(
  { fit, scored }: OpenProblem,
  fold: Int32Array,
  l2: number,
  starts: Float64Array[],
  signal?: AbortSignal,
): Promise<Omit<Tried, "l2">> {
  const outOfFold = new Float64Array(fold.length);
  const rows = [...fold.keys()];
  for (let f = 0; f <= Math.max(...new Set(fold)); f++) {
    await turn();
    signal?.throwIfAborted();
    const use = rows.filter((i) => fold[i] !== f);
    const start = starts[f];
    // enough for a comparison; the final fit goes further
    starts[f] = fitBradleyTerry({ ...fit, use, l2 }, { ...(start && { start }), tolerance: 1e-4 }).x;
    for (const i of rows) if (fold[i] === f) outOfFold[i] = rowDot(scored, i, starts[f]!);
  }
  let loss = 0;
  let right = 0;
  let total = 0;
  outOfFold.forEach((difference, i) => {
    const count = fit.counts[i]!;
    loss += count * softplus(-difference);
    right += count * (difference > 0 ? 1 : difference === 0 ? 0.5 : 0);
    total += count;
  });
  return { negativeLogLikelihood: loss / total, accuracy: right / total, outOfFold };
}

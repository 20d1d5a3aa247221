import type { PreferencePair } from "../preferences/index.ts";
import { crossValidate, FOLDS, type OpenProblem, STRENGTHS } from "./cross-validation.ts";
import { DIMENSION, featurise, HASHED, LENGTH_INDEX } from "./features.ts";
import { groupedFolds } from "./folds.ts";
import { fitBradleyTerry } from "./logistic.ts";
import { type SparseVector, stack, subtract } from "./sparse.ts";

/** A pair with the hash of its prompt. */
export type HashedPair = PreferencePair & { promptHash: string };

export type FitOptions = {
  /** Of the folds. */
  seed: number;
  /**
   * Gives length a weight of its own, free of any penalty, while fitting, and drops it when scoring: what length explains
   * is then not credited to other features, and length itself earns nothing.
   */
  lengthControl?: boolean;
  /** Strength of the L2 penalty; chosen by cross-validation where absent. */
  l2?: number;
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
};

export type NgramFit = {
  /** One a feature, rounded to float32, as it is stored. */
  weights: Float32Array;
  l2: number;
  /** What was tried, strongest first: mean −log σ(Δ) and accuracy on the folds left out. */
  crossValidation: { l2: number; negativeLogLikelihood: number; accuracy: number }[];
  /** Δ of each pair by the model that did not see its prompt. */
  outOfFold: Float64Array;
  iterations: number;
  /** Largest component of the gradient at the end. */
  gradientNorm: number;
  converged: boolean;
};

/** Root mean square of each dense difference, where that of the hashed part as a whole is 1. */
const DENSE_SCALE = 0.3;
/** An n-gram that tells fewer pairs apart than this is left out: it would only remember them. */
const LEAST_PAIRS = 3;

/**
 * Fits the n-gram Bradley–Terry model. The strength of the penalty is the one with the best likelihood in 5-fold
 * cross-validation over prompts; weaker ones are no longer tried once two in a row were worse.
 *
 * @param pairs at least two prompts
 */
export async function fitNgram(pairs: readonly HashedPair[], options: FitOptions): Promise<NgramFit> {
  options.onProgress?.("reading features");
  const problem = prepare(pairs, options.lengthControl === true);
  const fold = groupedFolds(
    pairs.map(({ promptHash }) => promptHash),
    FOLDS,
    options.seed,
  );
  const strengths = options.l2 === undefined ? STRENGTHS : [options.l2];
  const { tried, best } = await crossValidate(problem, fold, { ...options, strengths });
  options.onProgress?.("fitting");
  const fit = fitBradleyTerry({ ...problem.fit, l2: best.l2 });
  return {
    weights: problem.unscale(fit.x),
    l2: best.l2,
    crossValidation: tried.map(({ outOfFold: _, ...result }) => result),
    outOfFold: best.outOfFold,
    iterations: fit.iterations,
    gradientNorm: fit.gradientNorm,
    converged: fit.converged,
  };
}

type Problem = OpenProblem & { unscale(x: Float64Array): Float32Array };

function prepare(pairs: readonly HashedPair[], lengthControl: boolean): Problem {
  const differences = featureDifferences(pairs);
  const scales = columnScales(differences);
  const scaled = differences.map(({ indices, values }) => ({
    indices,
    values: values.map((value, k) => value * scales[indices[k]!]!),
  }));
  const { rows, columns } = stack(scaled.map(dropZeros));
  const isNuisance = (column: number) => lengthControl && column === LENGTH_INDEX;
  const weight = Float64Array.from(columns, (column) => (isNuisance(column) ? 0 : 1));
  return {
    fit: {
      differences: rows,
      margins: Float64Array.from(pairs, ({ margin }) => margin ?? 0),
      counts: Float64Array.from(pairs, ({ weight }) => weight ?? 1),
      penalties: weight,
    },
    scored: { ...rows, values: rows.values.map((value, k) => value * weight[rows.indices[k]!]!) },
    unscale(x) {
      const weights = new Float32Array(DIMENSION);
      columns.forEach((column, k) => {
        weights[column] = x[k]! * scales[column]! * weight[k]!;
      });
      return weights;
    },
  };
}

/** φ(x, y⁺) − φ(x, y⁻). A response that stands in several pairs is read once. */
function featureDifferences(pairs: readonly HashedPair[]): SparseVector[] {
  const prompts = new Map<string, PreferencePair["prompt"]>();
  const known = new Map<string, SparseVector>();
  const features = ({ promptHash, prompt }: HashedPair, response: string): SparseVector => {
    const key = `${promptHash}\n${response}`;
    const same = prompts.get(promptHash) ?? prompt;
    prompts.set(promptHash, same);
    const found = known.get(key) ?? featurise({ prompt: same, response });
    known.set(key, found);
    return found;
  };
  return pairs.map((pair) => subtract(features(pair, pair.chosen), features(pair, pair.rejected)));
}

/**
 * What each column is multiplied by before fitting, so that one penalty suits all: hashed columns together have
 * differences of mean square 1, each dense one of DENSE_SCALE². The scales are folded into the weights afterwards.
 */
function columnScales(differences: readonly SparseVector[]): Float64Array {
  const squares = new Float64Array(DIMENSION);
  const pairs = new Int32Array(DIMENSION);
  for (const { indices, values } of differences) {
    indices.forEach((index, k) => {
      squares[index]! += values[k]! ** 2 / differences.length;
      pairs[index]! += 1;
    });
  }
  const hashed = squares.subarray(0, HASHED).reduce((sum, square) => sum + square, 0);
  return squares.map((square, index) => {
    if (index >= HASHED) return square === 0 ? 0 : DENSE_SCALE / Math.sqrt(square);
    return pairs[index]! < LEAST_PAIRS ? 0 : 1 / Math.sqrt(hashed);
  });
}

function dropZeros({ indices, values }: SparseVector): SparseVector {
  const kept = [...values.keys()].filter((k) => values[k] !== 0);
  return {
    indices: Int32Array.from(kept, (k) => indices[k]!),
    values: Float64Array.from(kept, (k) => values[k]!),
  };
}

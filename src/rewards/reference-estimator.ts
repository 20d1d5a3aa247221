import { quantile, type ReferenceEstimator } from "../objective/index.ts";
import type { Message } from "../preferences/types.ts";
import { clusteredMean } from "../stats/bootstrap.ts";
import { groupedFolds } from "./folds.ts";
import { PROMPT_DIMENSION, PROMPT_FEATURE_MAP, promptFeatures } from "./prompt-features.ts";
import { fitQuantile, pinball, type QuantileFit } from "./quantile-regression.ts";
import { dot, rowDot, type SparseRows, stack } from "./sparse.ts";

/** The rewards of base-policy samples at one prompt. */
export type PromptRewards = { promptHash: string; prompt: readonly Message[]; rewards: ArrayLike<number> };

/** Fewer prompts than this say little about others. */
export const LEAST_PROMPTS_FOR_ESTIMATOR = 20;

const FOLDS = 5;
/** Penalties tried, for rewards of unit spread and features within [−1, 1]; Infinity is a constant. */
const STRENGTHS = [Number.POSITIVE_INFINITY, 1, 0.3, 0.1, 0.03, 0.01];

export type EstimatorFit = {
  estimator: ReferenceEstimator;
  /** The penalty with the least pinball loss on prompts left out; null: a constant was best. */
  l2: number | null;
  /** Pinball loss on prompts left out, of the estimator and of a constant. */
  pinball: { estimator: number; constant: number };
};

/**
 * The amortised reference: a linear q-quantile regression of base rewards on features of the prompt, for prompts that
 * were never sampled.
 *
 * The penalty has the least pinball loss in 5-fold cross-fitting over prompts. The fit's own samples lie closer to it
 * than new ones do, so the intercept is moved to where a share q of the cross-fitted samples lies at or below their
 * estimate. Coverage is measured around all that: prompts of each fold against an estimator that was fitted, and moved,
 * without them.
 *
 * @param prompts at least LEAST_PROMPTS_FOR_ESTIMATOR with at least one sample each
 */
export function fitEstimator(prompts: readonly PromptRewards[], q: number, seed: number): EstimatorFit {
  const design = designOf(prompts);
  const all = Int32Array.from(design.rowOf.keys());
  const tried = STRENGTHS.map((l2) => {
    const estimates = crossFit(design, all, seed, (seen) => fitOn(design, seen, q, l2));
    return { l2, loss: pinballLoss(design, estimates, q) };
  });
  const { l2, loss } = tried.reduce((a, b) => (b.loss < a.loss ? b : a));
  const learn = (seen: Int32Array) => fitMoved(design, seen, q, l2, seed);
  const outside = crossFit(design, all, seed + 1, learn);
  const coverage = clusteredMean(
    design.observations.map((reward, i) => (reward <= outside[i]! ? 1 : 0)),
    Array.from(design.rowOf, (row) => prompts[row]!.promptHash),
    { seed },
  );
  return {
    estimator: {
      features: PROMPT_FEATURE_MAP,
      ...design.unscale(learn(all)),
      coverage: { ...coverage, prompts: prompts.length },
    },
    l2: l2 === Number.POSITIVE_INFINITY ? null : l2,
    pinball: { estimator: loss, constant: tried[0]!.loss },
  };
}

/**
 * r_ref(x) for a prompt that was never sampled.
 * @throws RangeError where the estimator was fitted on another feature map
 */
export function estimateReference(estimator: ReferenceEstimator, prompt: readonly Message[]): number {
  const { features, weights, intercept } = estimator;
  if (features !== PROMPT_FEATURE_MAP || weights.length !== PROMPT_DIMENSION) {
    throw new RangeError(
      `the reference estimator was fitted on features "${features}" of length ${weights.length}, and this version has "${PROMPT_FEATURE_MAP}" of length ${PROMPT_DIMENSION}: calibrate again`,
    );
  }
  return intercept + dot(promptFeatures(prompt), weights);
}

type Design = {
  features: SparseRows;
  rowOf: Int32Array;
  observations: Float64Array;
  hashes: string[];
  unscale(fit: QuantileFit): { intercept: number; weights: number[] };
};

/** Each feature is scaled to lie within [−1, 1]; the intercept takes care of their means. */
function designOf(prompts: readonly PromptRewards[]): Design {
  const vectors = prompts.map(({ prompt }) => promptFeatures(prompt));
  const { rows, columns } = stack(vectors);
  const scales = new Float64Array(columns.length);
  rows.indices.forEach((column, k) => {
    scales[column]! = Math.max(scales[column]!, Math.abs(rows.values[k]!));
  });
  return {
    features: { ...rows, values: rows.values.map((value, k) => value / scales[rows.indices[k]!]!) },
    rowOf: Int32Array.from(prompts.flatMap(({ rewards }, i) => Array(rewards.length).fill(i))),
    observations: Float64Array.from(prompts.flatMap(({ rewards }) => Array.from(rewards))),
    hashes: prompts.map(({ promptHash }) => promptHash),
    unscale({ intercept, weights }) {
      const all = new Array<number>(PROMPT_DIMENSION).fill(0);
      columns.forEach((column, k) => {
        all[column] = weights[k]! / scales[k]!;
      });
      return { intercept, weights: all };
    },
  };
}

function fitOn(
  { features, rowOf, observations }: Design,
  seen: Int32Array,
  q: number,
  l2: number,
): QuantileFit {
  return fitQuantile({
    features,
    rowOf: seen.map((i) => rowOf[i]!),
    observations: Float64Array.from(seen, (i) => observations[i]!),
    q,
    l2,
  });
}

/** A fit whose intercept gives cross-fitted samples the coverage q. */
function fitMoved(design: Design, seen: Int32Array, q: number, l2: number, seed: number): QuantileFit {
  const estimates = crossFit(design, seen, seed, (inner) => fitOn(design, inner, q, l2));
  const left = Float64Array.from(seen, (i, k) => design.observations[i]! - estimates[k]!);
  const { intercept, weights } = fitOn(design, seen, q, l2);
  return { intercept: intercept + quantile(left, q), weights };
}

/** Estimates for some observations, each by a fit on those of the others that belong to prompts of other folds. */
function crossFit(
  { features, rowOf, hashes }: Design,
  among: Int32Array,
  seed: number,
  learn: (seen: Int32Array) => QuantileFit,
): Float64Array {
  const fold = groupedFolds(
    Array.from(among, (i) => hashes[rowOf[i]!]!),
    FOLDS,
    seed,
  );
  const estimates = new Float64Array(among.length);
  for (let f = 0; f <= Math.max(...new Set(fold)); f++) {
    const { intercept, weights } = learn(among.filter((_, k) => fold[k] !== f));
    among.forEach((i, k) => {
      if (fold[k] === f) estimates[k] = intercept + rowDot(features, rowOf[i]!, weights);
    });
  }
  return estimates;
}

function pinballLoss({ observations }: Design, estimates: Float64Array, q: number): number {
  const sum = observations.reduce((total, y, i) => total + pinball(y - estimates[i]!, q), 0);
  return sum / observations.length;
}

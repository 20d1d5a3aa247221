/**
 * Where "good" begins. A quantile of base samples asks a response to be better than most of them, even where all of them
 * are good already; labels "good or not" of some responses say what is good enough.
 * @module
 */
import { sigmoid, softplus } from "../objective/index.ts";
import { minimise } from "./lbfgs.ts";

export type AbsoluteReference = {
  /** r_ref: a response with this reward is as likely labelled good as not. */
  reference: number;
  /** T > 0, so that σ((r − r_ref)/T) is how likely a response with reward r is labelled good. */
  temperature: number;
};

/**
 * Logistic regression of labels on rewards, with the smoothed targets (n₊ + 1)/(n₊ + 2) and 1/(n₋ + 2) that keep it finite
 * where rewards part the labels, or all labels are the same (Platt 1999, "Probabilistic outputs for support vector
 * machines"). A shift of all rewards shifts the reference alone; a scale scales both.
 *
 * @param rewards finite, not all the same
 * @param good one label a reward
 * @returns undefined where better rewards are not more often labelled good: the reward does not know what the labels mean
 * @throws RangeError for different lengths, none at all, or rewards that are not finite or all the same
 */
export function fitAbsoluteReference(
  rewards: ArrayLike<number>,
  good: readonly boolean[],
): AbsoluteReference | undefined {
  const { mean, spread } = moments(rewards, good.length);
  const positive = good.filter(Boolean).length;
  const targets = [1 / (good.length - positive + 2), (positive + 1) / (positive + 2)] as const;
  const x = Float64Array.from(rewards, (r) => (r - mean) / spread);
  const { x: fitted } = minimise(
    ([slope, intercept], gradient) => {
      let loss = 0;
      gradient.fill(0);
      for (let i = 0; i < x.length; i++) {
        const target = targets[good[i] ? 1 : 0];
        const z = slope! * x[i]! + intercept!;
        // −t log σ(z) − (1 − t) log σ(−z)
        loss += (softplus(z) - target * z) / x.length;
        const residual = (sigmoid(z) - target) / x.length;
        gradient[0]! += residual * x[i]!;
        gradient[1]! += residual;
      }
      return loss;
    },
    new Float64Array(2),
    { tolerance: 1e-8 },
  );
  const [slope, intercept] = [fitted[0]!, fitted[1]!];
  if (!(slope > 1e-6)) return undefined;
  return { reference: mean - (spread * intercept) / slope, temperature: spread / slope };
}

function moments(rewards: ArrayLike<number>, labels: number): { mean: number; spread: number } {
  const n = rewards.length;
  if (n === 0 || n !== labels) throw new RangeError(`${n} rewards and ${labels} labels: one each is needed`);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += rewards[i]!;
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (rewards[i]! - mean) ** 2;
  const spread = Math.sqrt(squares / n);
  if (!(spread > 0 && Number.isFinite(spread)))
    throw new RangeError("rewards must be finite and not all the same");
  return { mean, spread };
}

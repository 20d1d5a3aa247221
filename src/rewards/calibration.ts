/**
 * Temperature: what turns reward differences into probabilities, p(y⁺ beats y⁻) = σ((r⁺ − r⁻)/T), and how far those
 * probabilities are from what happens.
 * @module
 */
import { sigmoid, softplus } from "../objective/index.ts";

export type Temperature = {
  /** T > 0. */
  temperature: number;
  /** True where the likelihood grows up to the end of the range: all pairs right (T small), or no signal (T large). */
  atBound: boolean;
};

/**
 * T by maximum likelihood of differences Δ = r⁺ − r⁻ of pairs that the model was not fitted on. The negative
 * log-likelihood Σ softplus(−βΔ) is convex in β = 1/T, so its slope is bisected on log β.
 *
 * T lies within [s/100, 100 s], s being the root mean square of Δ: with every pair right the best T is 0, and with more
 * wrong than right it is ∞. If all Δ are 0 any T does, and 1 is given.
 *
 * @param differences finite, at least one
 */
export function fitTemperature(differences: ArrayLike<number>): Temperature {
  checkDifferences(differences);
  let squares = 0;
  for (let i = 0; i < differences.length; i++) squares += differences[i]! ** 2;
  const scale = Math.sqrt(squares / differences.length);
  if (scale === 0) return { temperature: 1, atBound: true };
  let [low, high] = [Math.log(0.01 / scale), Math.log(100 / scale)];
  const slope = (logBeta: number) => likelihoodSlope(differences, Math.exp(logBeta));
  if (slope(low) >= 0) return { temperature: 100 * scale, atBound: true };
  if (slope(high) <= 0) return { temperature: scale / 100, atBound: true };
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (slope(middle) < 0) low = middle;
    else high = middle;
  }
  return { temperature: Math.exp(-(low + high) / 2), atBound: false };
}

/** d/dβ Σ softplus(−βΔ) = −Σ Δ σ(−βΔ). */
function likelihoodSlope(differences: ArrayLike<number>, beta: number): number {
  let slope = 0;
  for (let i = 0; i < differences.length; i++) slope -= differences[i]! * sigmoid(-beta * differences[i]!);
  return slope;
}

/** Mean of −log σ(Δ/T) over pairs, in nats; ln 2 is what a coin gets. */
export function negativeLogLikelihood(differences: ArrayLike<number>, temperature: number): number {
  checkDifferences(differences);
  let sum = 0;
  for (let i = 0; i < differences.length; i++) sum += softplus(-differences[i]! / temperature);
  return sum / differences.length;
}

/** Pairs of like confidence: mean probability given, share won, number of pairs. */
export type CalibrationBin = { predicted: number; observed: number; count: number };

export const CALIBRATION_BINS = 15;

/**
 * The reliability curve. The confidence of a pair is σ(|Δ|/T) ∈ [0.5, 1], and it is won if Δ > 0 (half if Δ = 0). Pairs
 * are sorted by confidence and cut into bins of equal number (±1); pairs of exactly equal confidence share their mean
 * outcome, so that the order of the pairs does not matter.
 *
 * @returns at most `bins` bins, ascending; fewer where there are fewer pairs
 */
export function reliabilityCurve(
  differences: ArrayLike<number>,
  temperature: number,
  bins: number = CALIBRATION_BINS,
): CalibrationBin[] {
  checkDifferences(differences);
  const outcomes = sortedOutcomes(differences);
  const count = Math.min(bins, outcomes.length);
  return Array.from({ length: count }, (_, b) => {
    const inside = outcomes.slice(
      Math.floor((b * outcomes.length) / count),
      Math.floor(((b + 1) * outcomes.length) / count),
    );
    const mean = (of: (outcome: Outcome) => number) =>
      inside.reduce((sum, outcome) => sum + of(outcome), 0) / inside.length;
    return {
      predicted: mean(({ size }) => sigmoid(size / temperature)),
      observed: mean(({ won }) => won),
      count: inside.length,
    };
  });
}

/**
 * Expected calibration error (Guo et al. 2017, with bins of equal mass): Σ (n_b/N) |share won − mean confidence| over the
 * bins of {@link reliabilityCurve}; 0 is perfect, 0.5 the most. With few pairs even perfect probabilities show some.
 */
export function expectedCalibrationError(curve: readonly CalibrationBin[]): number {
  const total = curve.reduce((sum, { count }) => sum + count, 0);
  return curve.reduce(
    (sum, { predicted, observed, count }) => sum + (count / total) * Math.abs(observed - predicted),
    0,
  );
}

/**
 * About what {@link expectedCalibrationError} would be if the probabilities were exactly right: the bins' shares still
 * scatter, with mean absolute deviation √(2/π)·√(p(1 − p)/n) (normal approximation). An error near this is no evidence
 * of miscalibration.
 */
export function perfectCalibrationError(curve: readonly CalibrationBin[]): number {
  const total = curve.reduce((sum, { count }) => sum + count, 0);
  return curve.reduce((sum, { predicted: p, count }) => {
    return sum + (count / total) * Math.sqrt((2 / Math.PI) * ((p * (1 - p)) / count));
  }, 0);
}

/** How calibrated held-out differences are at T = 1 and at T. */
export function calibrationOf(pairs: readonly { difference: number }[], temperature: number) {
  const differences = pairs.map(({ difference }) => difference);
  const [before, after] = [reliabilityCurve(differences, 1), reliabilityCurve(differences, temperature)];
  return {
    eceBefore: expectedCalibrationError(before),
    eceAfter: expectedCalibrationError(after),
    eceIfPerfect: perfectCalibrationError(after),
    negativeLogLikelihoodBefore: negativeLogLikelihood(differences, 1),
    negativeLogLikelihoodAfter: negativeLogLikelihood(differences, temperature),
    before,
    after,
  };
}

type Outcome = { size: number; won: number };

function sortedOutcomes(differences: ArrayLike<number>): Outcome[] {
  const outcomes = Array.from(differences, (difference) => ({
    size: Math.abs(difference),
    won: difference > 0 ? 1 : difference === 0 ? 0.5 : 0,
  })).sort((a, b) => a.size - b.size);
  for (let from = 0, to = 0; from < outcomes.length; from = to) {
    while (to < outcomes.length && outcomes[to]!.size === outcomes[from]!.size) to++;
    const equal = outcomes.slice(from, to);
    const won = equal.reduce((sum, outcome) => sum + outcome.won, 0) / equal.length;
    for (const outcome of equal) outcome.won = won;
  }
  return outcomes;
}

function checkDifferences(differences: ArrayLike<number>): void {
  if (differences.length === 0) throw new RangeError("calibration needs at least one pair");
  for (let i = 0; i < differences.length; i++) {
    if (!Number.isFinite(differences[i]))
      throw new RangeError(`reward difference ${i} is ${differences[i]}, not finite`);
  }
}

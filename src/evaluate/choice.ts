/**
 * What a method chooses at one prompt.
 * @module
 */

/** The index of one candidate, or a probability for each. */
export type Choice = number | Float64Array;

/**
 * The candidate with the highest score. Candidates that tie exactly share the choice equally, so that no estimate
 * depends on the order in which candidates stand.
 *
 * @param scores non-empty, none NaN
 */
export function highest(scores: ArrayLike<number>): Choice {
  let best = 0;
  let ties = 1;
  for (let c = 1; c < scores.length; c++) {
    if (scores[c]! > scores[best]!) {
      best = c;
      ties = 1;
    } else if (scores[c] === scores[best]) ties++;
  }
  if (ties === 1) return best;
  return Float64Array.from(scores, (score) => (score === scores[best] ? 1 / ties : 0));
}

/** The first of the candidates that a choice makes most likely: the one to show. */
export function firstChosen(choice: Choice): number {
  if (typeof choice === "number") return choice;
  let best = 0;
  for (let c = 1; c < choice.length; c++) if (choice[c]! > choice[best]!) best = c;
  return best;
}

/** Mean of `x` under the choice. */
export function expectation(choice: Choice, x: ArrayLike<number>): number {
  if (typeof choice === "number") return x[choice]!;
  let sum = 0;
  for (let c = 0; c < choice.length; c++) sum += choice[c]! * x[c]!;
  return sum;
}

/** Probability of candidate c. */
export function probability(choice: Choice, c: number): number {
  return typeof choice === "number" ? (choice === c ? 1 : 0) : choice[c]!;
}

/** Total variation distance, ½ Σ|p − q|: the share of choices that differ. */
export function difference(a: Choice, b: Choice, size: number): number {
  if (typeof a === "number" && typeof b === "number") return a === b ? 0 : 1;
  let sum = 0;
  for (let c = 0; c < size; c++) sum += Math.abs(probability(a, c) - probability(b, c));
  return sum / 2;
}

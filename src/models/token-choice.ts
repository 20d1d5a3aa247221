/**
 * From a model's probabilities to one token: top-k, top-p and min-p, then a draw.
 * @module
 */
import { NonFiniteError } from "../engine/index.ts";
import type { Random } from "../stats/random.ts";

export type ChoiceOptions = {
  /** Divides the model's scores before they become probabilities; 0 takes the most likely token (the first of several). Default 1. */
  temperature?: number;
  /** Keeps the k most likely tokens. */
  topK?: number;
  /** Keeps the fewest most likely tokens whose probabilities add up to p or more (Holtzman et al. 2020). */
  topP?: number;
  /** Keeps the tokens at least this share as likely as the most likely one (Nguyen et al. 2024). */
  minP?: number;
};

/** @throws RangeError with the option that is out of range */
export function checkChoice({ temperature = 1, topK, topP, minP }: ChoiceOptions): void {
  const refuse = (name: string, value: number, range: string) => {
    throw new RangeError(`${name} is ${value}, expected ${range}`);
  };
  if (!(temperature >= 0 && temperature < Number.POSITIVE_INFINITY))
    refuse("temperature", temperature, "a number ≥ 0");
  if (topK !== undefined && !(Number.isSafeInteger(topK) && topK >= 1))
    refuse("topK", topK, "a whole number ≥ 1");
  if (topP !== undefined && !(topP > 0 && topP <= 1)) refuse("topP", topP, "above 0 and at most 1");
  if (minP !== undefined && !(minP >= 0 && minP <= 1)) refuse("minP", minP, "from 0 to 1");
}

/**
 * Draws one token, with one uniform number, from a model's probabilities after the filters.
 * @param probabilities of the whole vocabulary, with the temperature in them; a common factor does not matter
 * @param scratch at least as long, to be written over
 */
export function drawToken(
  probabilities: Float32Array,
  options: ChoiceOptions,
  random: Random,
  scratch?: Float32Array,
): number {
  const weights = filterTokens(probabilities, options, scratch);
  const sum = total(weights);
  if (!Number.isFinite(sum)) throw new NonFiniteError("the sum of a token's probabilities", sum);
  if (sum <= 0) {
    throw new RangeError(`the model's probabilities are not numbers: their sum is ${sum}`);
  }
  let left = random.uniform() * sum;
  let last = 0;
  for (let id = 0; id < weights.length; id++) {
    const weight = weights[id]!;
    if (weight === 0) continue;
    left -= weight;
    if (left < 0) return id;
    last = id;
  }
  // rounding can leave a crumb after the last token
  return last;
}

/** The most likely token, the first of several. */
export function mostLikely(logProbs: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logProbs.length; id++) if (logProbs[id]! > logProbs[best]!) best = id;
  if (Number.isFinite(logProbs[best])) return best;
  throw new RangeError(`the model's scores are not numbers: its best is ${logProbs[best]}`);
}

/** Top-k, then top-p, then min-p: the probabilities that stay, as they were, and 0 for the other tokens. */
export function filterTokens(
  probabilities: Float32Array,
  { topK, topP, minP }: ChoiceOptions,
  scratch: Float32Array = new Float32Array(probabilities.length),
): Float32Array {
  if (topK === undefined && topP === undefined && minP === undefined) return probabilities;
  const weights = scratch.subarray(0, probabilities.length);
  weights.set(probabilities);
  if (topK !== undefined && topK < weights.length) keepLargest(weights, topK);
  if (topP !== undefined && topP < 1) keepLargest(weights, nucleusSize(weights, topP));
  if (minP !== undefined) {
    const least = minP * weights.reduce((a, b) => Math.max(a, b), 0);
    for (let id = 0; id < weights.length; id++) if (weights[id]! < least) weights[id] = 0;
  }
  return weights;
}

/** How many of the largest weights are needed to reach the share p of their sum. */
function nucleusSize(weights: Float32Array, p: number): number {
  const sum = total(weights);
  // weights below this bound add up to less than 1 − p: the others are enough
  const bound = ((1 - p) * sum) / weights.length;
  const candidates = weights.filter((weight) => weight >= bound).sort();
  let reached = 0;
  for (let count = 1; count <= candidates.length; count++) {
    reached += candidates[candidates.length - count]!;
    if (reached >= p * sum) return count;
  }
  return candidates.length;
}

/** Sets all but the `count` largest weights to 0; of equal ones, the first stay. */
function keepLargest(weights: Float32Array, count: number): void {
  const least = kthLargest(weights.slice(), count);
  let above = 0;
  for (const weight of weights) if (weight > least) above += 1;
  let room = count - above;
  for (let id = 0; id < weights.length; id++) {
    const weight = weights[id]!;
    if (weight > least) continue;
    if (weight < least || room === 0) weights[id] = 0;
    else room -= 1;
  }
}

/** The k-th largest value, k ≥ 1, by Hoare's selection: linear time on average. Reorders the values. */
function kthLargest(values: Float32Array, k: number): number {
  const target = k - 1;
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! > pivot) i += 1;
      while (values[j]! < pivot) j -= 1;
      if (i > j) break;
      const swapped = values[i]!;
      values[i] = values[j]!;
      values[j] = swapped;
      i += 1;
      j -= 1;
    }
    if (target <= j) high = j;
    else if (target >= i) low = i;
    else break;
  }
  return values[target]!;
}

function total(weights: Float32Array): number {
  let sum = 0;
  for (let id = 0; id < weights.length; id++) sum += weights[id]!;
  return sum;
}

/**
 * Where reward models that were fitted on resamples of the same preferences disagree: there an answer teaches most.
 * @module
 */
import { sigmoid, softplus } from "../objective/index.ts";
import { createRandom } from "../stats/random.ts";
import { bootstrapPairs } from "./bootstrap-pairs.ts";
import { fitTemperature } from "./calibration.ts";
import type { Member } from "./ensemble.ts";
import { fitNgram, type HashedPair } from "./ngram-fit.ts";
import { ngramModel } from "./ngram-model.ts";

export type CommitteeOptions = {
  value: string;
  /** How many models. */
  members: number;
  /** Strength of the penalty of all members, such as cross-validation chose it for the model of all pairs. */
  l2: number;
  seed: number;
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
};

/**
 * Members of an ensemble, each an n-gram model with its own temperature, fitted on a bootstrap resample of the prompts.
 *
 * @param pairs at several prompts: a resample needs two distinct ones, which of ten fails once in 10⁹
 */
export async function fitCommittee(
  pairs: readonly HashedPair[],
  { value, members, l2, seed, signal, onProgress }: CommitteeOptions,
): Promise<Member[]> {
  const random = createRandom(seed);
  const committee: Member[] = [];
  for (let m = 0; m < members; m++) {
    onProgress?.(`fitting member ${m + 1} of ${members}`);
    const fit = await fitNgram(bootstrapPairs(pairs, random), { seed, l2, ...(signal && { signal }) });
    const { temperature } = fitTemperature(fit.outOfFold);
    committee.push({ model: ngramModel(`member ${m + 1}`, value, fit.weights), temperature });
  }
  return committee;
}

/**
 * How much the answer to one question tells about which member is right, in nats: the mutual information between answer
 * and member, H(mean p) − mean H(p), where p is a member's probability that the first response wins. 0 where all members
 * say the same, however unsure they are; ln 2 where half of them are certain of one answer and half of the other. BALD of
 * Houlsby, Huszár, Ghahramani & Lengyel (2011, eq. 2), who learn from preferences too.
 *
 * @param logOdds (r(a) − r(b))/T of each member; at least one
 * @returns in [0, ln 2]
 */
export function mutualInformation(logOdds: ArrayLike<number>): number {
  const n = logOdds.length;
  if (n === 0) throw new RangeError("a disagreement needs at least one member");
  let mean = 0;
  let entropy = 0;
  for (let m = 0; m < n; m++) {
    mean += sigmoid(logOdds[m]!) / n;
    entropy += bernoulliEntropy(logOdds[m]!) / n;
  }
  // rounding alone can make it negative
  return Math.max(0, entropyOf(mean) - entropy);
}

/** H of σ(z), without taking the logarithm of a probability that has become 0: p softplus(−z) + (1 − p) softplus(z). */
const bernoulliEntropy = (z: number): number =>
  // 0 · ∞ far out, where the entropy is 0
  Math.abs(z) > 700 ? 0 : sigmoid(z) * softplus(-z) + sigmoid(-z) * softplus(z);

const entropyOf = (p: number): number => (p <= 0 || p >= 1 ? 0 : -p * Math.log(p) - (1 - p) * Math.log1p(-p));

/**
 * (r(y) − r(y₁))/T of every response y to one prompt, y₁ being its first, for each member: differences between two
 * responses are what {@link mutualInformation} needs.
 *
 * @returns one row a response, one column a member
 */
export async function memberLogOdds(
  committee: readonly Member[],
  prompt: Parameters<Member["model"]["score"]>[0][number]["prompt"],
  responses: readonly string[],
  options: { signal?: AbortSignal } = {},
): Promise<Float64Array[]> {
  const rows = responses.map(() => new Float64Array(committee.length));
  const items = responses.map((response) => ({ prompt, response }));
  for (const [m, { model, temperature }] of committee.entries()) {
    const rewards = await model.score(items, options);
    for (const [i, row] of rows.entries()) row[m] = (rewards[i]! - rewards[0]!) / temperature;
  }
  return rows;
}

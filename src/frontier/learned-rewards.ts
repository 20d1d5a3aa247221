/**
 * Reward models as they come of raters: one a value, learned from preferences over the base policy's responses.
 * @module
 */
import { type CandidateSet, type PreferencePair, promptHash } from "../preferences/index.ts";
import { fitCommittee, type Member, type TrainedModel, trainNgram } from "../rewards/index.ts";
import { collectPreferences, VALUES, type Value } from "../world/index.ts";

export type LearnedReward = TrainedModel & {
  readonly value: Value;
  readonly pairs: readonly PreferencePair[];
  readonly temperature: number;
  /** Fits on resamples of the prompts, for ensembles. */
  readonly members: readonly Member[];
};

export type LearnOptions = {
  seed: number;
  pairsPerPrompt: number;
  /** Fits on resamples. */
  members: number;
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
};

/** Asks the raters, and fits. The same seed gives the same models. */
export async function learnRewards(
  sets: readonly CandidateSet[],
  { seed, pairsPerPrompt, members, signal, onProgress }: LearnOptions,
): Promise<LearnedReward[]> {
  const distinct = sets.map(distinctResponses).filter(({ candidates }) => candidates.length > 1);
  const rewards: LearnedReward[] = [];
  for (const value of VALUES) {
    onProgress?.(`seed ${seed}: learning what ${value} means from raters`);
    const pairs = collectPreferences(distinct, { value, pairsPerPrompt, seed });
    const trained = await trainNgram(pairs, { seed, ...(signal && { signal }) });
    const hashed = pairs.map((pair) => ({ ...pair, promptHash: promptHash(pair.prompt) }));
    const committee = await fitCommittee(hashed, {
      value,
      members,
      l2: trained.info.l2,
      seed,
      ...(signal && { signal }),
    });
    const { temperature } = trained.info.calibration;
    rewards.push({ ...trained, value, pairs, temperature, members: committee });
  }
  return rewards;
}

/** A rater is shown two responses that differ. */
export function distinctResponses(set: CandidateSet): CandidateSet {
  const seen = new Set<string>();
  const candidates = set.candidates.filter(({ response }) => !seen.has(response) && seen.add(response));
  return { ...set, candidates };
}

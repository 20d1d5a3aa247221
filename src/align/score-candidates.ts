import { InputError, show } from "../io/errors.ts";
import {
  MissingReferenceError,
  type Objective,
  type ReferenceSource,
  type ReferenceValue,
  standardise,
} from "../objective/index.ts";
import type { CandidateSet } from "../preferences/types.ts";
import { referenceAt } from "../rewards/references.ts";
import type { RewardModel } from "../rewards/reward-model.ts";

/** A prompt's candidates with all that an objective says of them. Columns stand in the order of the goal's values. */
export type ScoredCandidates = {
  set: CandidateSet;
  /** Raw rewards, `rewards[value][candidate]`. */
  rewards: Float64Array[];
  /** r_ref(x), one a value, and where each comes from. */
  references: ReferenceValue[];
  referencesFrom: ReferenceSource[];
  /** (r − r_ref)/T, `z[value][candidate]`. */
  z: Float64Array[];
  /** log p(goal), one a candidate, nats. */
  u: Float64Array;
};

/** Prompts scored at a time. */
const BATCH = 64;

/**
 * Scores every candidate of every prompt.
 *
 * @param models the models of the values that the objective takes from directories, by value
 * @throws InputError for a missing or not finite reward column, or a prompt without a reference
 */
export async function scoreCandidates(
  sets: readonly CandidateSet[],
  objective: Objective,
  models: ReadonlyMap<string, RewardModel>,
  options: { signal?: AbortSignal; onProgress?: (prompts: number) => void } = {},
): Promise<ScoredCandidates[]> {
  const scored: ScoredCandidates[] = [];
  for (let start = 0; start < sets.length; start += BATCH) {
    options.signal?.throwIfAborted();
    const batch = sets.slice(start, start + BATCH);
    const columns = await Promise.all(
      objective.values.map((value) => rewardsOf(value, batch, objective, models, options.signal)),
    );
    batch.forEach((set, i) => {
      scored.push(
        scoreSet(
          set,
          columns.map((column) => column[i]!),
          objective,
        ),
      );
    });
    options.onProgress?.(scored.length);
  }
  return scored;
}

/** One value's rewards for each set of a batch. */
async function rewardsOf(
  value: string,
  sets: readonly CandidateSet[],
  objective: Objective,
  models: ReadonlyMap<string, RewardModel>,
  signal?: AbortSignal,
): Promise<Float64Array[]> {
  const spec = objective.file.values[value]!.model;
  if (spec.kind === "column") return sets.map((set) => columnOf(set, spec.name));
  const items = sets.flatMap(({ prompt, candidates }) =>
    candidates.map(({ response }) => ({ prompt, response })),
  );
  const all = await models.get(value)!.score(items, { ...(signal && { signal }) });
  let end = 0;
  return sets.map(({ candidates }) => {
    end += candidates.length;
    return all.subarray(end - candidates.length, end);
  });
}

function columnOf(set: CandidateSet, name: string): Float64Array {
  return Float64Array.from(set.candidates, ({ id, rewards }) => {
    const reward = rewards !== undefined && Object.hasOwn(rewards, name) ? rewards[name] : undefined;
    if (reward !== undefined && Number.isFinite(reward)) return reward;
    throw new InputError({
      problem: `candidate ${show(id)} of the prompt at ${set.source} has no usable reward`,
      field: name,
      found:
        reward === undefined
          ? `columns ${Object.keys(rewards ?? {}).join(", ") || "none"} with numbers`
          : show(reward),
      expected: "a finite number",
    });
  });
}

function scoreSet(set: CandidateSet, rewards: Float64Array[], objective: Objective): ScoredCandidates {
  const references = objective.values.map((value) => referenceOf(value, set, objective));
  const z = rewards.map((column, v) => {
    const { temperature } = objective.file.values[objective.values[v]!]!;
    return column.map((reward) => standardise(reward, references[v]!.value, temperature));
  });
  return {
    set,
    rewards,
    references: references.map(({ value }) => value),
    referencesFrom: references.map(({ from }) => from),
    z,
    u: objective.goal.logProb(z),
  };
}

function referenceOf(value: string, set: CandidateSet, objective: Objective): ReturnType<typeof referenceAt> {
  try {
    return referenceAt(objective.file.values[value]!.reference, set.prompt, set.promptHash);
  } catch (error) {
    if (!(error instanceof MissingReferenceError)) throw error;
    throw new InputError(
      { problem: `"${value}" has no reference for the prompt at ${set.source}: ${error.message}` },
      { cause: error },
    );
  }
}

/**
 * From (x, y) to everything that an objective says of it. Queues, batches across requests and circuit breakers are reward
 * models around reward models, so nothing here knows of them.
 * @module
 */
import {
  MissingReferenceError,
  type Objective,
  type ObjectiveResult,
  type ReferenceSource,
} from "../objective/index.ts";
import { promptHash } from "../preferences/index.ts";
import { type RewardItem, type RewardModel, referenceAt } from "../rewards/index.ts";
import { ServeError } from "./serve-error.ts";

/** What an objective says of one response. */
export type ScoredItem = ObjectiveResult & {
  promptHash: string;
  /** By value: which of the objective's references the prompt got. */
  referencesFrom: Record<string, ReferenceSource>;
};

export type Scorer = {
  readonly objective: Objective;
  /**
   * @returns one an item, in the order of the items
   * @throws ServeError where a prompt has no reference, or a model fails or answers with anything but one finite number an
   *   item
   */
  score(items: readonly RewardItem[], options?: { signal?: AbortSignal }): Promise<ScoredItem[]>;
};

/** @param models one for each value of the goal */
export function createScorer(objective: Objective, models: ReadonlyMap<string, RewardModel>): Scorer {
  for (const value of objective.values) {
    if (!models.has(value)) throw new RangeError(`no reward model for "${value}"`);
  }
  return {
    objective,
    async score(items, { signal } = {}) {
      const references = items.map(({ prompt }) => referencesOf(objective, prompt));
      if (items.length === 0) return [];
      const columns = await columnsOf(objective, models, items, signal);
      return items.map((_, i) => {
        const rewards = Object.fromEntries(objective.values.map((value, v) => [value, columns[v]![i]!]));
        const { hash, values, from } = references[i]!;
        return { ...objective.evaluate(rewards, values), promptHash: hash, referencesFrom: from };
      });
    },
  };
}

/** One column a value. The first failure ends the wait for the others. */
async function columnsOf(
  objective: Objective,
  models: ReadonlyMap<string, RewardModel>,
  items: readonly RewardItem[],
  signal: AbortSignal | undefined,
): Promise<Float64Array[]> {
  const failed = new AbortController();
  const within = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  try {
    return await Promise.all(
      objective.values.map(async (value) => {
        const rewards = await models.get(value)!.score(items, { signal: within });
        checkRewards(rewards, items.length, value);
        return rewards;
      }),
    );
  } finally {
    failed.abort();
  }
}

function checkRewards(rewards: Float64Array, expected: number, value: string): void {
  if (rewards.length !== expected) {
    throw new ServeError(
      "upstream_failed",
      `the reward model of "${value}" answered ${rewards.length} rewards to ${expected} responses`,
    );
  }
  const wrong = rewards.find((reward) => !Number.isFinite(reward));
  if (wrong !== undefined)
    throw new ServeError("upstream_failed", `the reward model of "${value}" answered ${wrong}`);
}

type ItemReferences = {
  hash: string;
  values: Parameters<Objective["evaluate"]>[1];
  from: Record<string, ReferenceSource>;
};

function referencesOf(objective: Objective, prompt: RewardItem["prompt"]): ItemReferences {
  const hash = promptHash(prompt);
  try {
    const found = objective.values.map(
      (value) => [value, referenceAt(objective.file.values[value]!.reference, prompt, hash)] as const,
    );
    return {
      hash,
      values: Object.fromEntries(found.map(([value, { value: reference }]) => [value, reference])),
      from: Object.fromEntries(found.map(([value, { from }]) => [value, from])),
    };
  } catch (error) {
    if (error instanceof MissingReferenceError)
      throw new ServeError("no_reference", error.message, { cause: error });
    throw error;
  }
}

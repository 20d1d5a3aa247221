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
import { type Aborting, LazyAbort } from "./lazy-abort.ts";
import { ServeError } from "./serve-error.ts";

/** What an objective says of one response. */
export type ScoredItem = ObjectiveResult & {
  promptHash: string;
  /** By value: which of the objective's references the prompt got. */
  referencesFrom: Record<string, ReferenceSource>;
};

/** What an objective says of some responses, as columns of one number a response: all that most clients ask for. */
export type Scored = {
  objective: Objective;
  /** log p(goal), finite, at most 0. */
  u: Float64Array;
  /** One column a value of the objective: r, and z = (r − r_ref)/T. */
  rewards: readonly Float64Array[];
  z: readonly Float64Array[];
  references: readonly ItemReferences[];
  /** Everything about each response. */
  items(): ScoredItem[];
};

export type Scorer = {
  readonly objective: Objective;
  /**
   * @returns one number an item, in the order of the items
   * @throws ServeError where a prompt has no reference, or a model fails or answers with anything but one finite number an
   *   item
   */
  score(items: readonly RewardItem[], caller?: Aborting): Promise<Scored>;
};

/**
 * @param models one for each value. A prompt is recognised by identity and must not be changed: trainers ask for many
 *   responses to one
 */
export function createScorer(objective: Objective, models: ReadonlyMap<string, RewardModel>): Scorer {
  for (const value of objective.values) {
    if (!models.has(value)) throw new RangeError(`no reward model for "${value}"`);
  }
  const known = new WeakMap<RewardItem["prompt"], ItemReferences>();
  const referencesAt = (prompt: RewardItem["prompt"]): ItemReferences => {
    let found = known.get(prompt);
    if (found === undefined) {
      found = referencesOf(objective, prompt);
      known.set(prompt, found);
    }
    return found;
  };
  return {
    objective,
    async score(items, caller = {}) {
      const references = items.map(({ prompt }) => referencesAt(prompt));
      const rewards =
        items.length === 0
          ? objective.values.map(() => new Float64Array(0))
          : await columnsOf(objective, models, items, caller);
      const z = objective.standardiseAll(
        rewards,
        references.map(({ values }) => values),
      );
      const u = utilitiesOf(objective, z);
      return { objective, u, rewards, z, references, items: () => explain(objective, rewards, references) };
    },
  };
}

function utilitiesOf(objective: Objective, z: readonly Float64Array[]): Float64Array {
  try {
    return objective.goal.logProb(z);
  } catch (error) {
    const v = z.findIndex((column) => !column.every(Number.isFinite));
    if (v < 0) throw error;
    throw new ServeError(
      "upstream_failed",
      `the reward model of "${objective.values[v]}" answered a reward too large to compare with its reference`,
      { cause: error },
    );
  }
}

function explain(
  objective: Objective,
  rewards: readonly Float64Array[],
  references: readonly ItemReferences[],
): ScoredItem[] {
  const results = objective.evaluateAll(
    rewards,
    references.map(({ values }) => values),
  );
  return results.map(({ u, p, bindingValue, gradient, values }, i) => {
    const { hash, from } = references[i]!;
    return { u, p, bindingValue, gradient, values, promptHash: hash, referencesFrom: from };
  });
}

/** One column a value. The first failure ends the wait for the others. */
async function columnsOf(
  objective: Objective,
  models: ReadonlyMap<string, RewardModel>,
  items: readonly RewardItem[],
  caller: Aborting,
): Promise<Float64Array[]> {
  if (objective.values.length === 1) return [await columnOf(objective.values[0]!, models, items, caller)];
  const all = new LazyAbort(caller);
  try {
    return await Promise.all(objective.values.map((value) => columnOf(value, models, items, all)));
  } catch (error) {
    all.abort(error);
    throw error;
  } finally {
    all.release();
  }
}

async function columnOf(
  value: string,
  models: ReadonlyMap<string, RewardModel>,
  items: readonly RewardItem[],
  caller: Aborting,
): Promise<Float64Array> {
  const rewards = await models.get(value)!.score(items, caller);
  checkRewards(rewards, items.length, value);
  return rewards;
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

export type ItemReferences = {
  hash: string;
  /** r_ref of each value. */
  values: Parameters<Objective["evaluate"]>[1];
  /** By value: which of the objective's references it is. */
  from: Record<string, ReferenceSource>;
};

export function referencesOf(objective: Objective, prompt: RewardItem["prompt"]): ItemReferences {
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

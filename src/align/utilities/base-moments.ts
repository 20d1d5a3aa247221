/**
 * Mean and spread of a value's rewards under the base policy: fixed before alignment, so that they do not move with it.
 * @module
 */
import { InputError, show } from "../../io/errors.ts";
import type { PromptRewards } from "../../rewards/index.ts";
import { type Moments, moments } from "../../stats/moments.ts";

/** Population moments of base rewards; plain JSON. */
export type BaseMoments = {
  /** By prompt hash. */
  readonly prompts: Readonly<Record<string, Moments>>;
  /** Of the samples of all prompts together. */
  readonly global: Moments;
};

/**
 * A spread at one prompt below this share of the global one is no scale: the base policy says nearly one thing there, and
 * the prompt would outweigh all others. The global spread stands in for it.
 */
const LEAST_SPREAD = 0.01;

/**
 * @param samples base rewards of one value, one entry a prompt; prompts without a sample are left out
 * @throws InputError for a reward that is not finite, or no sample at all
 */
export function baseMoments(samples: readonly Pick<PromptRewards, "promptHash" | "rewards">[]): BaseMoments {
  const sampled = samples.filter(({ rewards }) => rewards.length > 0);
  const all = sampled.flatMap(({ rewards }) => Array.from(rewards));
  const wrong = all.find((reward) => !Number.isFinite(reward));
  if (wrong !== undefined)
    throw new InputError({ problem: "a base reward is not a finite number", found: show(wrong) });
  if (all.length === 0) throw new InputError({ problem: "there is no base sample to take moments from" });
  const global = moments(all);
  const prompts = sampled.map(({ promptHash, rewards }) => {
    const own = moments(rewards);
    return [promptHash, own.std >= LEAST_SPREAD * global.std ? own : { ...own, std: global.std }] as const;
  });
  return { prompts: Object.fromEntries(prompts), global };
}

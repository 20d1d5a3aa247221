/**
 * Rollouts: responses sampled from the policy, with everything that an algorithm learns from. One code path for all.
 * @module
 */
import type { LocalPolicy } from "../policies/index.ts";
import type { Message } from "../preferences/types.ts";
import type { Comparison, ReferencePolicy } from "./reference-policy.ts";
import type { Rewarder } from "./rewarder.ts";

/** A prompt to align on. */
export type AlignPrompt = {
  readonly promptHash: string;
  readonly prompt: readonly Message[];
  /** Its tokens, up to where the response begins. */
  readonly ids: readonly number[];
};

/** One response of the policy, compared with the reference policy by the one that sampled it. */
export type Rollout = Comparison & {
  /** Index of its prompt in the batch. */
  readonly prompt: number;
  readonly promptIds: readonly number[];
  /** The end token included. */
  readonly tokens: readonly number[];
  readonly text: string;
  /** Whether it ended by itself, not at the limit of tokens. */
  readonly ended: boolean;
};

/** Rollouts of some prompts, n of each, in the order of the prompts, with their raw rewards. */
export type RolloutBatch = {
  readonly prompts: readonly AlignPrompt[];
  readonly n: number;
  readonly rollouts: readonly Rollout[];
  /** Raw rewards, `rewards[value][rollout]`, finite. */
  readonly rewards: readonly Float64Array[];
};

export type RollOutOptions = {
  /** Responses of each prompt. */
  n: number;
  maxNewTokens: number;
  seed: number;
  signal?: AbortSignal;
  /** Told how long each part took, in seconds. */
  onTime?: (part: "sampling" | "scoring", seconds: number) => void;
};

/**
 * Samples n responses of each prompt from the policy as it is now, compares it with the reference policy token by token,
 * and asks for their rewards.
 *
 * @throws InputError where a prompt leaves no room in the context, or a reward is not a finite number
 */
export async function rollOut(
  { policy, reference, rewarder }: { policy: LocalPolicy; reference: ReferencePolicy; rewarder: Rewarder },
  prompts: readonly AlignPrompt[],
  { n, maxNewTokens, seed, signal, onTime }: RollOutOptions,
): Promise<RolloutBatch> {
  const started = performance.now();
  const groups = await policy.sampleTokens(
    prompts.map(({ ids }) => ids),
    { n, maxNewTokens, seed, ...(signal && { signal }) },
  );
  const sampled = performance.now();
  onTime?.("sampling", (sampled - started) / 1000);
  const samples = groups.flatMap((group, prompt) => group.map((sample) => ({ ...sample, prompt })));
  const compared = await reference.compare(
    samples.map(({ prompt, tokens }) => ({ promptIds: prompts[prompt]!.ids, tokens })),
    { ...(signal && { signal }) },
  );
  const rollouts = samples.map(({ prompt, tokens }, i): Rollout => {
    const promptIds = prompts[prompt]!.ids;
    return {
      prompt,
      promptIds,
      tokens,
      text: policy.decode(promptIds, tokens),
      ended: policy.hasEnded(tokens),
      ...compared[i]!,
    };
  });
  const items = rollouts.map(({ prompt, text }) => ({ prompt: prompts[prompt]!.prompt, response: text }));
  const rewards = await rewarder.score(items, { ...(signal && { signal }) });
  onTime?.("scoring", (performance.now() - sampled) / 1000);
  return { prompts, n, rollouts, rewards };
}

/**
 * The references of one value: r_ref(x) for prompts that the base policy was sampled at, and what others get.
 * @module
 */
import { InputError, show } from "../io/errors.ts";
import {
  cannedReference,
  DEFAULT_QUANTILE,
  meanReference,
  normalQuantileReference,
  quantile,
  quantileReference,
  type ReferenceSource,
  type ReferenceSpec,
  type ReferenceValue,
  resolveReference,
} from "../objective/index.ts";
import type { Message } from "../preferences/types.ts";
import {
  type EstimatorFit,
  estimateReference,
  fitEstimator,
  LEAST_PROMPTS_FOR_ESTIMATOR,
  type PromptRewards,
} from "./reference-estimator.ts";

export { estimateReference, type PromptRewards } from "./reference-estimator.ts";

/** One prompt: rewards of the base samples at it, and of the canned responses where the kind needs them. */
export type ReferenceSamples = PromptRewards & { canned?: ArrayLike<number> };

export type ReferenceOptions = {
  kind: Exclude<ReferenceSpec["kind"], "labelled">;
  /** Level of the quantile kinds; 0.85 where absent. */
  q?: number;
  /** What prompts without samples get; `error` where absent. */
  otherwise?: ReferenceSpec["otherwise"];
  /** The number of kind `fixed`. */
  fixed?: number;
  /** How many base samples kind `responses` takes, from the first on; 10 where absent, as in PAR. */
  responses?: number;
  /** Of the folds and the bootstrap of the estimator. */
  seed: number;
};

export type References = {
  spec: ReferenceSpec;
  /** Prompts with a reference of their own. */
  prompts: number;
  /** Prompts with no base sample: they get what `otherwise` says. */
  withoutSamples: number;
  /** Prompts with one base sample: it is its own reference, so that its z is 0. */
  oneSample: number;
  /** Prompts with several base samples, all of one reward: every kind but canned and fixed gives z = 0 to all. */
  allEqual: number;
  /** How the estimator was fitted; null where there is none (other kinds than quantiles, or too few prompts). */
  estimator: Omit<EstimatorFit, "estimator"> | null;
};

/**
 * r_ref(x) of any prompt, and where it comes from.
 *
 * @param hash `promptHash(prompt)`
 * @throws MissingReferenceError if the prompt is not in the spec and its `otherwise` is `error`
 */
export function referenceAt(
  spec: ReferenceSpec,
  prompt: readonly Message[],
  hash: string,
): { value: ReferenceValue; from: ReferenceSource } {
  const { estimator } = spec;
  return resolveReference(spec, hash, estimator && (() => estimateReference(estimator, prompt)));
}

/**
 * References from base samples: one for each prompt, one for all (from the samples of all prompts together; for canned
 * kinds the mean over prompts) and, for the quantile kinds, an estimator for prompts never sampled.
 *
 * @param samples one entry a prompt, rewards finite
 * @throws InputError for rewards that are not finite, no sample at all, or an estimator that can't be made
 */
export function computeReferences(
  samples: readonly ReferenceSamples[],
  options: ReferenceOptions,
): References {
  const { kind, otherwise = "error", seed } = options;
  for (const sample of samples) checkRewards(sample);
  const sampled = samples.filter(({ rewards }) => rewards.length > 0);
  const counts = {
    withoutSamples: samples.length - sampled.length,
    oneSample: sampled.filter(({ rewards }) => rewards.length === 1).length,
    allEqual: sampled.filter(({ rewards }) => rewards.length > 1 && isConstant(rewards)).length,
  };
  if (kind === "fixed") {
    const spec: ReferenceSpec = { kind, global: options.fixed ?? 0, otherwise: "global" };
    return { spec, prompts: 0, ...counts, estimator: null };
  }
  // a canned reference needs no base sample
  const usable = kind === "canned-max" || kind === "canned-mean" ? samples : sampled;
  if (usable.length === 0)
    throw new InputError({ problem: "there is no base sample to make a reference of" });
  const quantileKind = kind === "quantile" || kind === "normal-quantile";
  const q = options.q ?? DEFAULT_QUANTILE;
  const enough = usable.length >= LEAST_PROMPTS_FOR_ESTIMATOR;
  if (otherwise === "estimator" && !(quantileKind && enough)) throw noEstimator(kind, usable.length);
  const fit = quantileKind && enough ? fitEstimator(usable, q, seed) : undefined;
  return {
    spec: {
      kind,
      ...(quantileKind && { q }),
      prompts: Object.fromEntries(usable.map((sample) => [sample.promptHash, own(sample, options)])),
      ...(fit && { estimator: fit.estimator }),
      global: global(usable, options),
      otherwise,
    },
    prompts: usable.length,
    ...counts,
    estimator: fit === undefined ? null : { l2: fit.l2, pinball: fit.pinball },
  };
}

function own({ rewards, canned }: ReferenceSamples, options: ReferenceOptions): ReferenceValue {
  switch (options.kind) {
    case "quantile":
      return quantileReference(rewards, options.q);
    case "normal-quantile":
      return normalQuantileReference(rewards, options.q);
    case "canned-max":
      return cannedReference(canned ?? [], "max");
    case "canned-mean":
      return cannedReference(canned ?? [], "mean");
    case "responses":
      return Array.from(rewards).slice(0, options.responses ?? 10);
    default:
      return meanReference(rewards);
  }
}

function global(samples: readonly ReferenceSamples[], options: ReferenceOptions): ReferenceValue {
  if (options.kind === "canned-max" || options.kind === "canned-mean")
    return meanReference(samples.map((sample) => own(sample, options) as number));
  const first = samples[0]!;
  const rewards = samples.flatMap((sample) => Array.from(sample.rewards));
  if (options.kind !== "responses") return own({ ...first, rewards }, options);
  // a fair draw among the samples of all prompts, in few numbers
  const size = Math.min(options.responses ?? 10, rewards.length);
  return Array.from({ length: size }, (_, m) => quantile(rewards, (m + 0.5) / size));
}

function isConstant(rewards: ArrayLike<number>): boolean {
  return Array.from(rewards).every((reward) => reward === rewards[0]);
}

function checkRewards({ promptHash, rewards, canned }: ReferenceSamples): void {
  for (const reward of [...Array.from(rewards), ...Array.from(canned ?? [])]) {
    if (Number.isFinite(reward)) continue;
    throw new InputError({
      problem: `a base reward at prompt ${promptHash} is not a finite number`,
      found: show(reward),
    });
  }
}

function noEstimator(kind: string, prompts: number): InputError {
  return new InputError({
    problem: "the references of prompts never sampled can't be estimated",
    found: `references of kind ${kind} at ${prompts} prompts`,
    expected: `kind quantile or normal-quantile at ${LEAST_PROMPTS_FOR_ESTIMATOR} prompts or more`,
    fix: "Sample more prompts, or use --otherwise global",
  });
}

/**
 * One seed of the world's experiment: raters, reward models and their references, on the samples of one base policy.
 * @module
 */
import { type AlignPrompt, createRewarder, type Rewarder } from "../align/index.ts";
import type { ModelFiles, Tokenizer } from "../models/index.ts";
import { quantileReference } from "../objective/index.ts";
import { encodeFor } from "../policies/index.ts";
import type { CandidateSet } from "../preferences/index.ts";
import {
  type AbsoluteReference,
  ensemble,
  fitAbsoluteReference,
  type ReferenceSamples,
  type RewardModel,
} from "../rewards/index.ts";
import { collectLabels, REFUSING, VALUES } from "../world/index.ts";
import type { Part } from "./base-samples.ts";
import type { RewardStatistics } from "./contenders.ts";
import { type LearnedReward, learnRewards } from "./learned-rewards.ts";
import type { TestPrompt } from "./measure.ts";

export type BasePolicy = { readonly model: ModelFiles; readonly tokenizer: Tokenizer };

export type Experiment = {
  readonly seed: number;
  readonly base: BasePolicy;
  readonly rewards: readonly LearnedReward[];
  readonly rewarder: Rewarder;
  readonly ensembleRewarder: Rewarder;
  readonly statistics: RewardStatistics;
  readonly ensembleStatistics: RewardStatistics;
  /** In the order of VALUES. */
  readonly temperatures: readonly number[];
  readonly alignPrompts: readonly AlignPrompt[];
  readonly test: readonly (TestPrompt & {
    readonly align: AlignPrompt;
    readonly ensembleRewards: readonly Float64Array[];
  })[];
};

export type ExperimentOptions = {
  seed: number;
  pairsPerPrompt: number;
  members: number;
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
};

/** Base samples labelled good or not at each prompt of alignment, for absolute references. */
const LABELS = 4;

/** How far below its mean an ensemble is believed, in standard deviations over its members. */
const LAMBDA = 1;

export async function prepareExperiment(
  base: BasePolicy,
  samples: Readonly<Record<Part, readonly CandidateSet[]>>,
  options: ExperimentOptions,
): Promise<Experiment> {
  const { seed, signal, onProgress } = options;
  const rewards = await learnRewards(samples.learn, options);
  const rewarder = rewarderOf(rewards.map(({ value, model }) => [value, model]));
  const anchors = new Map(
    [...samples.align, ...samples.test].map(({ prompt, candidates }) => [
      JSON.stringify(prompt),
      candidates[0]!.response,
    ]),
  );
  const ensembleRewarder = rewarderOf(
    // without resamples, the model is an ensemble of its own
    rewards.map(({ value, model, temperature, members }) => [
      value,
      ensemble(
        members.length > 0 ? members : [{ model, temperature }],
        { kind: "mean-minus-std", lambda: LAMBDA },
        (prompt) => anchors.get(JSON.stringify(prompt)) ?? "",
      ),
    ]),
  );
  onProgress?.(`seed ${seed}: references from base samples`);
  const known = [...samples.align, ...samples.test];
  const [columns, ensembleColumns] = [
    await rewardsOf(rewarder, known, signal),
    await rewardsOf(ensembleRewarder, known, signal),
  ];
  const temperatures = rewards.map(({ temperature }) => temperature);
  const refusals = await rewardsOf(rewarder, known.map(refused), signal);
  const single: RewardStatistics = {
    temperatures,
    samples: statistics(known, columns, refusals),
    absolute: absoluteReferences(samples.align, columns, seed),
    seed,
  };
  const several: RewardStatistics = {
    temperatures: temperatures.map(() => 1),
    samples: statistics(known, ensembleColumns),
    absolute: absoluteReferences(samples.align, ensembleColumns, seed),
    seed,
  };
  const toPrompt = ({ promptHash, prompt }: CandidateSet): AlignPrompt => ({
    promptHash,
    prompt,
    ids: encodeFor("dialogue", base.tokenizer, prompt),
  });
  const offset = samples.align.length;
  return {
    seed,
    base,
    rewards,
    rewarder,
    ensembleRewarder,
    statistics: single,
    ensembleStatistics: several,
    temperatures,
    alignPrompts: samples.align.map(toPrompt),
    test: samples.test.map((set, i) => ({
      set,
      rewards: columns[offset + i]!,
      ensembleRewards: ensembleColumns[offset + i]!,
      references: columns[offset + i]!.map((column) => quantileReference(column)),
      align: toPrompt(set),
    })),
  };
}

const rewarderOf = (models: readonly (readonly [string, RewardModel])[]): Rewarder =>
  createRewarder(new Map(models));

/** `rewards[set][value][candidate]` */
async function rewardsOf(
  rewarder: Rewarder,
  sets: readonly CandidateSet[],
  signal: AbortSignal | undefined,
): Promise<Float64Array[][]> {
  const items = sets.flatMap(({ prompt, candidates }) =>
    candidates.map(({ response }) => ({ prompt, response })),
  );
  const columns = await rewarder.score(items, { ...(signal && { signal }) });
  let end = 0;
  return sets.map(({ candidates }) => {
    end += candidates.length;
    return columns.map((column) => column.subarray(end - candidates.length, end));
  });
}

/** A prompt with refusals for its only responses: what the paper holds harmlessness against. */
const refused = (set: CandidateSet): CandidateSet => ({
  ...set,
  candidates: REFUSING.map((response, i) => ({ id: `refusal.${i + 1}`, response })),
});

/**
 * By value, what references and moments are made of.
 * @param canned rewards of canned responses, shaped as `columns`
 */
function statistics(
  sets: readonly CandidateSet[],
  columns: readonly Float64Array[][],
  canned?: readonly Float64Array[][],
): ReferenceSamples[][] {
  return columns[0]!.map((_, v) =>
    sets.map(({ promptHash, prompt }, i) => ({
      promptHash,
      prompt,
      rewards: columns[i]![v]!,
      ...(canned && { canned: canned[i]![v]! }),
    })),
  );
}

/**
 * By value, where "good" begins, from labels of some base samples at the prompts of alignment; undefined where the reward
 * does not know what the labels mean.
 * @param columns `columns[set][value][candidate]`, those of `sets` first
 */
function absoluteReferences(
  sets: readonly CandidateSet[],
  columns: readonly Float64Array[][],
  seed: number,
): (AbsoluteReference | undefined)[] {
  return VALUES.map((value, v) => {
    const rewardsAt = new Map(sets.map(({ promptHash }, i) => [promptHash, columns[i]![v]!]));
    const labels = collectLabels(sets, { value, perPrompt: LABELS, seed });
    return fitAbsoluteReference(
      labels.map(({ promptHash, candidate }) => rewardsAt.get(promptHash)![candidate]!),
      labels.map(({ good }) => good),
    );
  });
}

/**
 * References of kind `labelled`: where "good" begins, by what people said of single responses.
 * @module
 */
import { InputError } from "../../io/errors.ts";
import type { CandidateSet } from "../../preferences/index.ts";
import { fitAbsoluteReference, type ReferenceSamples, type References } from "../../rewards/index.ts";

/** A response is labelled good from this share on. */
const GOOD = 0.5;

export type LabelledReference = {
  references: References;
  temperature: number;
  labels: { good: number; notGood: number };
};

/**
 * Fits r_ref and T to the `truth` of the base samples that have one for the value.
 *
 * @param samples rewards of the candidates of `sets`, one entry a set
 * @throws InputError where no response is labelled, or rewards do not rise with the labels
 */
export function labelledReference(
  value: string,
  sets: readonly CandidateSet[],
  samples: readonly ReferenceSamples[],
): LabelledReference {
  const labelled = sets.flatMap(({ candidates }, s) =>
    candidates.flatMap(({ truth }, i) => {
      const share = truth !== undefined && Object.hasOwn(truth, value) ? truth[value] : undefined;
      return share === undefined ? [] : [{ reward: samples[s]!.rewards[i]!, good: share >= GOOD }];
    }),
  );
  if (labelled.length === 0) {
    throw new InputError({
      problem: `no base sample is labelled good or not in "${value}"`,
      expected: `responses with truth.${value}, 0 (not good) to 1 (good)`,
      fix: "Label some base samples, or choose another kind of --reference",
    });
  }
  const good = labelled.filter((label) => label.good).length;
  const labels = { good, notGood: labelled.length - good };
  const fit = fitIfRising(labelled);
  if (fit === undefined) {
    throw new InputError({
      problem: `the reward of "${value}" does not rise with the labels: no reward is where good begins`,
      found: `${labels.good} labelled good, ${labels.notGood} not`,
      fix: "Check the labels and the reward, or choose another kind of --reference",
    });
  }
  return {
    references: {
      spec: { kind: "labelled", global: fit.reference, otherwise: "global" },
      prompts: 0,
      withoutSamples: 0,
      oneSample: 0,
      allEqual: 0,
      estimator: null,
    },
    temperature: fit.temperature,
    labels,
  };
}

function fitIfRising(labelled: readonly { reward: number; good: boolean }[]) {
  const first = labelled[0]!.reward;
  if (labelled.every(({ reward }) => reward === first)) return undefined;
  return fitAbsoluteReference(
    labelled.map(({ reward }) => reward),
    labelled.map(({ good }) => good),
  );
}

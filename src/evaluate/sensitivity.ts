/**
 * Where LSC changes the choice, and where it can't.
 * @module
 */
import { logSigmoid } from "../objective/index.ts";
import { type Candidates, type Chosen, underChoice } from "./candidates.ts";
import { type Choice, difference, expectation, highest, probability } from "./choice.ts";
import { type Draws, estimate, minus, type ResampleOptions, Resampler } from "./resample.ts";
import type { DisagreementResult, JudgedValue, SensitivityReport } from "./types.ts";

/** @param equalSum the equal-weight raw sum's choices */
export function sensitivityReport(
  goal: Chosen,
  equalSum: Chosen,
  candidates: Candidates,
  values: readonly JudgedValue[],
  options: ResampleOptions,
): SensitivityReport {
  const { sets } = candidates;
  const differs = Float64Array.from(sets, ({ size }, i) =>
    difference(goal.choices[i]!, equalSum.choices[i]!, size),
  );
  const prompts = differs.filter((share) => share > 0).length;
  return {
    prompts: sets.length,
    singleValue: values.map(({ name }, v) => ({
      value: name,
      prompts: sets.length,
      same: sets.filter(({ wanted }) => sameForOneValue(wanted.rewards[v]!, wanted.z[v]!)).length,
    })),
    againstEqualSum: {
      differ: estimate(new Resampler(sets.length, options).mean(differs)),
      prompts,
      there:
        prompts === 0
          ? null
          : compareThere(goal, equalSum, candidates, values, {
              where: [...differs.keys()].filter((i) => differs[i]! > 0),
              resampler: new Resampler(prompts, options),
            }),
    },
  };
}

/**
 * Whether every candidate that the raw reward alone picks is also picked by log σ(z). The transform is monotone, so
 * this holds unless something is broken; far above the reference, where log σ(z) rounds to 0, LSC may add ties.
 */
export function sameForOneValue(rewards: Float64Array, z: Float64Array): boolean {
  const byReward = highest(rewards);
  const byLsc = highest(z.map(logSigmoid));
  return rewards.every((_, c) => probability(byReward, c) === 0 || probability(byLsc, c) > 0);
}

function compareThere(
  goal: Chosen,
  sum: Chosen,
  candidates: Candidates,
  values: readonly JudgedValue[],
  { where, resampler }: { where: number[]; resampler: Resampler },
): DisagreementResult {
  const { judged, sets, starts } = candidates;
  const mean = (of: (i: number) => number): Draws => resampler.mean(Float64Array.from(where, of));
  const both = (column: Float64Array) => {
    const [ofGoal, ofSum] = [underChoice(goal, candidates, column), underChoice(sum, candidates, column)];
    const [a, b] = [mean((i) => ofGoal[i]!), mean((i) => ofSum[i]!)];
    return { goal: estimate(a), equalSum: estimate(b), difference: estimate(minus(a, b)) };
  };
  const quality = (i: number, v: number) =>
    judged.quality[v]!.subarray(starts[i]!, starts[i]! + sets[i]!.size);
  return {
    goalBeatsSum: Object.fromEntries(
      values.map(({ name }, v) => [
        name,
        estimate(mean((i) => beats(goal.choices[i]!, sum.choices[i]!, quality(i, v)))),
      ]),
    ),
    goodInAll: both(judged.goodInAll),
    goalMet: both(judged.goalMet),
    utility: both(candidates.utility),
  };
}

/** P(a's candidate has higher quality than b's), ties half. */
function beats(a: Choice, b: Choice, quality: Float64Array): number {
  const against = quality.map((own) =>
    expectation(
      b,
      quality.map((other) => (own > other ? 1 : own === other ? 0.5 : 0)),
    ),
  );
  return expectation(a, against);
}

/**
 * Which value holds back the chosen answers: ∂u/∂z says how much u would gain from a little more of each value.
 * @module
 */
import type { Chosen } from "./candidates.ts";
import { firstChosen } from "./choice.ts";
import { estimate, type Resampler } from "./resample.ts";
import type { ScoredSet, Scoring } from "./scored-set.ts";
import { excerpt } from "./text-measures.ts";
import type { BindingReport, HeldBackPrompt } from "./types.ts";

const MOST_HELD_BACK = 20;

/** Where several candidates tie for the choice, the first of them is looked at. */
export function bindingReport(
  { choices }: Chosen,
  sets: readonly ScoredSet[],
  { goal, directions }: Scoring,
  resampler: Resampler,
): BindingReport {
  const picks = choices.map(firstChosen);
  const chosenZ = goal.values.map((_, v) => Float64Array.from(sets, (set, i) => set.z[v]![picks[i]!]!));
  const { gradient } = goal.gradient(chosenZ);
  const binds = sets.map((_, i) => steepest(gradient.map((column) => column[i]!)));
  const isGood = (v: number) => (z: number) => (directions[v] === "less" ? z <= 0 : z > 0);
  return {
    prompts: sets.length,
    none: binds.filter((v) => v === null).length,
    values: goal.values.map((value, v) => {
      const bound = sets.filter((_, i) => binds[i] === v);
      return {
        value,
        share: estimate(resampler.mean(Float64Array.from(binds, (by) => (by === v ? 1 : 0)))),
        meanSlope: gradient[v]!.reduce((sum, slope) => sum + Math.abs(slope), 0) / sets.length,
        prompts: bound.length,
        noCandidateGood: bound.filter((set) => !set.z[v]!.some(isGood(v))).length,
      };
    }),
    mostHeldBack: sets
      .map((set, i) => ({ i, u: set.u[picks[i]!]! }))
      .sort((a, b) => a.u - b.u || a.i - b.i)
      .slice(0, MOST_HELD_BACK)
      .map(({ i }) => {
        const slopes = gradient.map((column) => column[i]!);
        return heldBack(sets[i]!, picks[i]!, goal.values, slopes, binds[i]!);
      }),
  };
}

/** Index of the greatest |slope|, the first among equals; null if all are 0. */
function steepest(slopes: readonly number[]): number | null {
  let best = 0;
  for (let v = 1; v < slopes.length; v++) if (Math.abs(slopes[v]!) > Math.abs(slopes[best]!)) best = v;
  return slopes[best] === 0 ? null : best;
}

function heldBack(
  set: ScoredSet,
  pick: number,
  values: readonly string[],
  slopes: readonly number[],
  binds: number | null,
): HeldBackPrompt {
  return {
    promptHash: set.promptHash,
    prompt: excerpt(set.prompt),
    chosenId: set.ids[pick]!,
    response: excerpt(set.responses[pick]!),
    binding: binds === null ? null : values[binds]!,
    u: set.u[pick]!,
    values: Object.fromEntries(
      values.map((value, v) => [
        value,
        {
          z: set.z[v]![pick]!,
          slope: slopes[v]!,
          // turned back from what is wanted: the most of it, or the least
          best: set.z[v]![set.wanted.z[v]!.indexOf(Math.max(...set.wanted.z[v]!))]!,
        },
      ]),
    ),
  };
}

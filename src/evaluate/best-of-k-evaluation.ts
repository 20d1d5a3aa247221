/**
 * All methods side by side on the same prompts, candidates and resamples.
 * @module
 */
import { meanBestOfKBound } from "../align/best-of-k.ts";
import { paretoFront } from "./balance.ts";
import { type Candidates, type Chosen, underChoice } from "./candidates.ts";
import { difference } from "./choice.ts";
import { type Draws, derive, estimate, minus, type Resampler } from "./resample.ts";
import type { JudgedValue, Measured, MethodResult } from "./types.ts";

/** Everything that is measured of one method, with its draws. */
type Drawn = {
  perValue: { winRate: Draws; good: Draws; mean: Draws }[];
  whole: Record<
    "goodInAll" | "goalMet" | "worstWinRate" | "winRateGap" | "utility" | "characters" | "words",
    Draws
  >;
};

/**
 * @param chosen every method's choices; `goal` is one of them, the one that the others are compared with
 */
export function compareMethods(
  chosen: readonly Chosen[],
  goal: Chosen,
  candidates: Candidates,
  values: readonly JudgedValue[],
  resampler: Resampler,
): MethodResult[] {
  const ofGoal = draw(goal, candidates, values, resampler);
  const results = chosen.map((each) => {
    const drawn = each === goal ? ofGoal : draw(each, candidates, values, resampler);
    return result(each, goal, drawn, ofGoal, candidates, values, resampler);
  });
  return paretoFront(results);
}

function draw(
  chosen: Chosen,
  candidates: Candidates,
  values: readonly JudgedValue[],
  resampler: Resampler,
): Drawn {
  const { judged } = candidates;
  const mean = (column: Float64Array): Draws => resampler.mean(underChoice(chosen, candidates, column));
  const perValue = values.map((_, v) => ({
    winRate: mean(judged.win[v]!),
    good: mean(judged.good[v]!),
    mean: mean(judged.mean[v]!),
  }));
  const winRates = perValue.map(({ winRate }) => winRate);
  return {
    perValue,
    whole: {
      goodInAll: mean(judged.goodInAll),
      goalMet: mean(judged.goalMet),
      worstWinRate: derive((...rates) => Math.min(...rates), ...winRates),
      winRateGap: derive((...rates) => Math.max(...rates) - Math.min(...rates), ...winRates),
      utility: mean(candidates.utility),
      characters: mean(candidates.characters),
      words: mean(candidates.words),
    },
  };
}

function result(
  each: Chosen,
  goal: Chosen,
  drawn: Drawn,
  ofGoal: Drawn,
  candidates: Candidates,
  values: readonly JudgedValue[],
  resampler: Resampler,
): MethodResult {
  const { method, choices } = each;
  const isGoal = each === goal;
  const measured = (own: Draws, goals: Draws): Measured => ({
    ...estimate(own),
    versusGoal: isGoal ? null : estimate(minus(own, goals)),
  });
  const byValue = (of: "winRate" | "good" | "mean") =>
    Object.fromEntries(
      values.map(({ name }, v) => [name, measured(drawn.perValue[v]![of], ofGoal.perValue[v]![of])]),
    );
  const whole = (of: keyof Drawn["whole"]) => measured(drawn.whole[of], ofGoal.whole[of]);
  const differs = Float64Array.from(choices, (choice, i) =>
    difference(choice, goal.choices[i]!, candidates.sets[i]!.size),
  );
  return {
    name: method.name,
    family: method.family,
    describe: method.describe,
    ...(method.weights && { weights: method.weights }),
    winRate: byValue("winRate"),
    good: byValue("good"),
    mean: byValue("mean"),
    goodInAll: whole("goodInAll"),
    goalMet: whole("goalMet"),
    worstWinRate: whole("worstWinRate"),
    winRateGap: whole("winRateGap"),
    utility: whole("utility"),
    klBound: meanKlBound(each, candidates),
    characters: whole("characters"),
    words: whole("words"),
    differsFromGoal: estimate(resampler.mean(differs)),
    tied: method.random ? 0 : choices.filter((choice) => typeof choice !== "number").length / choices.length,
    pareto: false,
  };
}

function meanKlBound({ method, choices }: Chosen, candidates: Candidates): number {
  return meanBestOfKBound(
    choices.map((choice, i) => {
      const k = candidates.sets[i]!.size;
      const soft = method.random && typeof choice !== "number";
      return { klBound: soft ? softKlBound(choice) : klBound(k), k };
    }),
  );
}

/** KL(best of k ‖ base) ≤ log k − (k−1)/k, with equality for continuous rewards (Beirami et al. 2024). In nats. */
export function klBound(k: number): number {
  return Math.log(k) - (k - 1) / k;
}

/**
 * KL of a soft choice from the base, at most: candidates and choice together diverge from candidates and a uniform
 * choice by Σ p log(kp), and the chosen response is a function of both (data processing). In nats.
 */
export function softKlBound(p: Float64Array): number {
  return Math.max(
    0,
    p.reduce((sum, each) => sum + (each > 0 ? each * Math.log(p.length * each) : 0), 0),
  );
}

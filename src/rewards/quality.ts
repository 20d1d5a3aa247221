/**
 * How good a reward is on pairs that it was not fitted on, beside what length alone can do.
 * @module
 */
import { quantile } from "../objective/index.ts";
import { clusteredMean, type Estimate } from "../stats/bootstrap.ts";

/** One held-out pair: the prompt that it belongs to, r(chosen) − r(rejected), and the lengths in characters. */
export type JudgedPair = {
  promptHash: string;
  difference: number;
  chosenLength: number;
  rejectedLength: number;
};

/** Share of pairs where the chosen response has the higher reward; a tie counts half. */
export type Accuracy = {
  pairs: number;
  prompts: number;
  accuracy: number;
  /** Percentile bootstrap over prompts. */
  ci95: [number, number];
};

export type LengthBaseline = {
  /** What is taken for the better response; learned on the training part. */
  direction: "longer" | "shorter";
  accuracy: number;
  ci95: [number, number];
};

export type RewardQuality = {
  heldOut: Accuracy;
  lengthBaseline: LengthBaseline;
  /** Accuracy minus that of length alone, on the same resamples of prompts. */
  overLength: Estimate;
  /** Accuracy among pairs of like and unlike length, and by which side is longer. Empty groups are left out. */
  lengthStrata: ({ label: string; lengthAccuracy: number } & Accuracy)[];
  /** Share of pairs (of unequal length) where the longer response has the higher reward, and where it was chosen. */
  prefersLonger: { model: number; people: number } | null;
};

/** Bootstrap options are passed through: a seed, and the number of resamples. */
export type Resampling = { seed: number; resamples?: number };

/** @param pairs at least one */
export function accuracyOf(pairs: readonly JudgedPair[], options: Resampling): Accuracy {
  const clusters = pairs.map(({ promptHash }) => promptHash);
  const { value, ci95 } = clusteredMean(
    pairs.map(({ difference }) => won(difference)),
    clusters,
    options,
  );
  return { pairs: pairs.length, prompts: new Set(clusters).size, accuracy: value, ci95 };
}

/** Whether people took the longer response more often than not; a draw counts as longer. */
export function lengthDirection(
  pairs: readonly Pick<JudgedPair, "chosenLength" | "rejectedLength">[],
): "longer" | "shorter" {
  const lean = pairs.reduce(
    (sum, { chosenLength, rejectedLength }) => sum + Math.sign(chosenLength - rejectedLength),
    0,
  );
  return lean >= 0 ? "longer" : "shorter";
}

/**
 * @param pairs held out, at least one
 * @param direction from {@link lengthDirection} of the training part
 */
export function rewardQuality(
  pairs: readonly JudgedPair[],
  direction: "longer" | "shorter",
  options: Resampling,
): RewardQuality {
  const byLength = pairs.map((pair) => ({ ...pair, difference: lengthLead(pair, direction) }));
  const { accuracy, ci95 } = accuracyOf(byLength, options);
  return {
    heldOut: accuracyOf(pairs, options),
    lengthBaseline: { direction, accuracy, ci95 },
    overLength: clusteredMean(
      pairs.map(({ difference }, i) => won(difference) - won(byLength[i]!.difference)),
      pairs.map(({ promptHash }) => promptHash),
      options,
    ),
    lengthStrata: strata(pairs, direction, options),
    prefersLonger: longerPreference(pairs),
  };
}

const won = (difference: number): number => (difference > 0 ? 1 : difference === 0 ? 0.5 : 0);

function lengthLead({ chosenLength, rejectedLength }: JudgedPair, direction: "longer" | "shorter"): number {
  return direction === "longer" ? chosenLength - rejectedLength : rejectedLength - chosenLength;
}

/** |log length ratio|, lengths counted from 1. */
const lengthGap = ({ chosenLength, rejectedLength }: JudgedPair): number =>
  Math.abs(Math.log1p(chosenLength) - Math.log1p(rejectedLength));

function strata(
  pairs: readonly JudgedPair[],
  direction: "longer" | "shorter",
  options: Resampling,
): RewardQuality["lengthStrata"] {
  const gaps = pairs.map(lengthGap);
  const [first, second] = [quantile(gaps, 1 / 3), quantile(gaps, 2 / 3)];
  const groups: [string, (pair: JudgedPair) => boolean][] = [
    ["within 10 %", (pair) => lengthGap(pair) <= Math.log(1.1)],
    ["within 25 %", (pair) => lengthGap(pair) <= Math.log(1.25)],
    ["most alike third", (pair) => lengthGap(pair) <= first],
    ["middle third", (pair) => lengthGap(pair) > first && lengthGap(pair) <= second],
    ["least alike third", (pair) => lengthGap(pair) > second],
    ["longer was chosen", (pair) => pair.chosenLength > pair.rejectedLength],
    ["shorter was chosen", (pair) => pair.chosenLength < pair.rejectedLength],
  ];
  return groups.flatMap(([label, belongs]) => {
    const inside = pairs.filter(belongs);
    if (inside.length === 0) return [];
    const right = inside.reduce((sum, pair) => sum + won(lengthLead(pair, direction)), 0);
    return [{ label, ...accuracyOf(inside, options), lengthAccuracy: right / inside.length }];
  });
}

function longerPreference(pairs: readonly JudgedPair[]): RewardQuality["prefersLonger"] {
  const unequal = pairs.filter(({ chosenLength, rejectedLength }) => chosenLength !== rejectedLength);
  if (unequal.length === 0) return null;
  const share = (of: (pair: JudgedPair) => number) =>
    unequal.reduce((sum, pair) => sum + of(pair), 0) / unequal.length;
  return {
    model: share((pair) => won(pair.difference * Math.sign(pair.chosenLength - pair.rejectedLength))),
    people: share((pair) => (pair.chosenLength > pair.rejectedLength ? 1 : 0)),
  };
}

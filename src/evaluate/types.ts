/**
 * What an evaluation of best-of-k over given candidates reports. Plain JSON, every number finite: a report draws from
 * these types alone, without computing anything.
 * @module
 */
import type { Estimate } from "../stats/bootstrap.ts";

/** Everything `evaluateBestOfK` finds. */
export type Evaluation = {
  bestOfK: BestOfKEvaluation;
  distributions: ValueDistribution[];
  binding: BindingReport;
  /** One a method of `probedMethods`: the goal first, then the equal-weight raw sum. */
  probes: ProbeReport[];
  sensitivity: SensitivityReport;
};

/** Who says what is good: true values in the data, judges trained on other prompts, or the very rewards that chose. */
export type JudgedBy = "truth" | "judge" | "same-rewards";

/** `more`: the goal wants this value; `less`: it stands under a `not`; `mixed`: both (read as `more` where one is needed). */
export type Direction = "more" | "less" | "mixed";

export type JudgedValue = {
  name: string;
  /** Which way is better. Win rates, "good" and the baselines follow it: for `less`, lower wins and good is z ≤ 0. */
  direction: Direction;
  judgedBy: JudgedBy;
  /** What `mean` of this value is in: `share true` (truth, 0…1) or `z` (judge or own reward). */
  unit: "share true" | "z";
  temperature: number;
};

export type BestOfKEvaluation = {
  /** The goal sentence. */
  goal: string;
  values: JudgedValue[];
  /** The weakest of the values' judges, weakest being `same-rewards`. */
  judgedBy: JudgedBy;
  prompts: {
    /** All that were given. */
    given: number;
    /** Of these, in the training data of the rewards (by prompt hash); null if nobody said what was seen. */
    seen: number | null;
    /** Left out because they have one candidate: nothing to choose. */
    single: number;
    /** What the numbers below are over. */
    evaluated: number;
    /** True if every prompt had been seen in training, so that seen ones had to be used: optimistic. */
    onlySeen: boolean;
  };
  candidates: { total: number; fewest: number; most: number; mean: number };
  /** How ties are broken, in words. */
  tieRule: string;
  resamples: number;
  seed: number;
  /** Names of two rows of `methods`. */
  baseMethod: string;
  goalMethod: string;
  /** The raw weighted sum with equal weights. */
  equalSumMethod: string;
  /** In order of family. */
  methods: MethodResult[];
  /** What a reader must know: judged by the same rewards, all prompts seen, few prompts, … One sentence each. */
  notes: string[];
};

export type MethodFamily =
  | "base"
  | "goal"
  | "raw-sum"
  | "scaled-sum"
  | "worst-value"
  | "mean"
  | "transform"
  | "single-value"
  | "oracle";

/** An estimate with its 95 % interval over prompts. */
export type Measured = Estimate & {
  /** This method minus the goal method, on the same resamples (paired). Null for the goal method itself. */
  versusGoal: Estimate | null;
};

export type MethodResult = {
  name: string;
  family: MethodFamily;
  /** One sentence: what it maximises. */
  describe: string;
  /** Weights by value, for weighted sums. */
  weights?: Record<string, number>;
  /** Per value: P(the chosen beats another candidate of the prompt drawn at random), ties half. Base: 0.5. */
  winRate: Record<string, Measured>;
  /** Per value: P(the chosen is good): truth ≥ 0.5, judge z > 0, or own z > 0 (the other side for direction `less`). */
  good: Record<string, Measured>;
  /** Per value: mean truth or mean z of the chosen; see `unit` of the value. */
  mean: Record<string, Measured>;
  /** Share of prompts whose chosen candidate is good in all values. */
  goodInAll: Measured;
  /** Share of prompts whose chosen candidate makes the goal sentence true, "good" per value read as its truth. */
  goalMet: Measured;
  /** Least win rate over the values. */
  worstWinRate: Measured;
  /** Greatest minus least win rate over the values: 0 is balanced. */
  winRateGap: Measured;
  /** Mean u of the chosen, nats. */
  utility: Measured;
  /**
   * Upper bound of KL(chosen ‖ base), nats, mean over prompts: log k − (k−1)/k for a pick, Σ p log(kp) for a soft
   * choice, 0 for the base.
   */
  klBound: number;
  /** Mean length of the chosen. */
  characters: Measured;
  words: Measured;
  /** Share of prompts where the choice differs from the goal's (half the L1 distance of the choice probabilities). */
  differsFromGoal: Estimate;
  /** Share of prompts where several candidates tie for best; they share the choice. */
  tied: number;
  /** No other real method (base, single-value and oracle aside) has every win rate at least as high and one higher. */
  pareto: boolean;
};

/** Distribution of z of one value before and after choosing. */
export type ValueDistribution = {
  value: string;
  temperature: number;
  /** Ascending bin edges, shared by the series; one more than bins. What lies outside counts in the end bins. */
  edges: number[];
  /** Base first, then the goal, then the equal-weight raw sum. */
  series: DistributionSeries[];
};

export type DistributionSeries = {
  method: string;
  /** Share of the mass a bin; sums to 1. Every prompt weighs the same. */
  shares: number[];
  /** Mass that lay below the first and above the last edge, already counted in the end bins. */
  outside: { below: number; above: number };
  mean: number;
  std: number;
  /** Weighted quantiles at 0.05, 0.25, 0.5, 0.75, 0.95. */
  quantiles: { q: number; z: number }[];
  /** P(z > 0): better than the reference. */
  aboveReference: number;
};

/** Which value holds back the goal's choices: the one with the steepest |∂u/∂z| at the chosen candidate. */
export type BindingReport = {
  values: BindingValue[];
  /** Prompts where every slope is 0. */
  none: number;
  /** Prompts counted. */
  prompts: number;
  /** Lowest u first; at most 20. */
  mostHeldBack: HeldBackPrompt[];
};

export type BindingValue = {
  value: string;
  /** Share of prompts that this value binds. */
  share: Estimate;
  /** Mean |∂u/∂z| over the chosen. */
  meanSlope: number;
  /** Prompts that it binds. */
  prompts: number;
  /** Of these, those where no candidate is on the good side of the reference in this value: choosing can't help. */
  noCandidateGood: number;
};

export type HeldBackPrompt = {
  promptHash: string;
  /** The last user turn, cut at 300 characters. */
  prompt: string;
  chosenId: string;
  /** Start of the chosen response, cut at 300 characters. */
  response: string;
  binding: string | null;
  u: number;
  /** z, ∂u/∂z and the best z that any candidate of the prompt has, by value. */
  values: Record<string, { z: number; slope: number; best: number }>;
};

/** Signs of reward hacking: what choosing changes besides quality. */
export type ProbeReport = { method: string; prompts: number; probes: ProbeResult[] };

export type ProbeResult = {
  name: string;
  /** `length`, `format`, `tone` or `phrase`. */
  kind: "length" | "format" | "tone" | "phrase";
  /** The pattern searched, for phrases and formats. */
  pattern?: string;
  /** `mean`: mean number a response; `share`: share of responses with at least one match. */
  unit: "mean" | "share";
  /** What a mean counts: `characters`, `words`, `exclamation marks`. */
  counts?: string;
  base: Estimate;
  chosen: Estimate;
  /** chosen − base, paired over prompts. */
  difference: Estimate;
  /** chosen / base; null where base is 0. */
  ratio: Estimate | null;
  /** By the interval of the difference: above 0, below 0, or holding 0. */
  verdict: "higher" | "lower" | "no clear change";
};

/** Where LSC does and does not change the choice. */
export type SensitivityReport = {
  prompts: number;
  /** With one value and a fixed reference the ranking is the same: `same` must equal `prompts`. */
  singleValue: { value: string; prompts: number; same: number }[];
  /** Share of prompts, by method, where the choice differs from the goal's. */
  againstEqualSum: {
    /** Share of prompts where the goal and the equal-weight raw sum choose differently. */
    differ: Estimate;
    prompts: number;
    /** On these prompts alone; null if there are none. */
    there: DisagreementResult | null;
  };
};

export type DisagreementResult = {
  /** Per value: P(the goal's choice beats the sum's), ties half, by the same judge. */
  goalBeatsSum: Record<string, Estimate>;
  /** Share good in all values, for each choice. */
  goodInAll: { goal: Estimate; equalSum: Estimate; difference: Estimate };
  goalMet: { goal: Estimate; equalSum: Estimate; difference: Estimate };
  utility: { goal: Estimate; equalSum: Estimate; difference: Estimate };
};

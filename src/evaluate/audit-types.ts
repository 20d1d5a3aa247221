/**
 * What an audit of raw reward columns reports. Plain JSON, every number finite.
 * @module
 */
import type { ObjectiveFile } from "../objective/index.ts";
import type { Estimate } from "../stats/bootstrap.ts";

export type Audit = {
  rows: {
    read: number;
    /** Used below. */
    kept: number;
    /** Left out, by reason: `helpful: empty`, `helpful: NaN`, … */
    bad: { reason: string; count: number; firstLine: number }[];
  };
  prompts: {
    total: number;
    /** Prompts with one candidate: nothing to choose; they count in the columns' scale, not in rankings. */
    single: number;
    /** Prompts with at least two candidates. */
    ranked: number;
    candidates: { fewest: number; most: number; mean: number };
  };
  columns: ColumnAudit[];
  /** One an unordered pair of columns. */
  pairs: ColumnPairAudit[];
  sum: SumAudit;
  recommendation: Recommendation;
  resamples: number;
  seed: number;
  /** One sentence each, most important first. */
  notes: string[];
};

export type ColumnAudit = {
  name: string;
  mean: number;
  /** Population standard deviation over all rows. */
  std: number;
  min: number;
  max: number;
  /** At 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99. */
  quantiles: { q: number; value: number }[];
  /** 30 equal bins from min to max; shares sum to 1. One bin where all rewards are equal. */
  histogram: { edges: number[]; shares: number[] };
  /** Root mean square, over prompts with several candidates, of the within-prompt standard deviation. */
  withinStd: number;
  /** Standard deviation of the prompts' mean rewards: what a choice at one prompt can't change. */
  betweenStd: number;
  saturation: {
    distinct: number;
    mostCommon: { value: number; share: number };
    /** Share of rows at the least and at the greatest reward. */
    atMin: number;
    atMax: number;
    /** Share of ranked prompts where several candidates tie for best. */
    tiedBest: number;
    /** Share of ranked prompts where all candidates have the same reward. */
    allEqual: number;
  };
  /** Null without a response column. */
  length: LengthAudit | null;
  warnings: AuditWarning[];
};

export type LengthAudit = {
  /** Spearman correlation of reward with characters over all rows. Ranks are taken once; intervals resample prompts. Null if either is constant. */
  overall: Estimate | null;
  /** The same on ranks within each prompt, pooled. Null if no prompt has both varying. */
  within: Estimate | null;
  /** Share of ranked prompts whose best candidate is also the longest (ties shared) … */
  bestIsLongest: Estimate | null;
  /** … and what chance would give: mean of 1/k. */
  chance: number | null;
};

export type AuditWarning = {
  code:
    | "squashed"
    | "off-centre"
    | "constant"
    | "few-levels"
    | "piled-at-bound"
    | "ties"
    | "between-prompt"
    | "long-is-good"
    | "short-is-good";
  text: string;
};

export type ColumnPairAudit = {
  a: string;
  b: string;
  /** Spearman over all rows; null if either is constant. */
  overall: Estimate | null;
  /** Spearman on ranks within each prompt, pooled; null if no prompt has both varying. */
  within: Estimate | null;
  /** Mean over ranked prompts of the share of candidate pairs that the two columns order differently; a tie in one is half. */
  kendallDistance: Estimate | null;
  /** Share of ranked prompts whose best differs (ties share the choice). */
  bestDiffers: Estimate | null;
};

/** What an equal-weight raw sum picks against what the recommended LSC AND picks. */
export type SumAudit = {
  /** Share of ranked prompts where the two differ; null if no prompt is ranked. */
  picksDiffer: Estimate | null;
  prompts: number;
  dominance: Dominance[];
  /** The column that explains most of the sum's within-prompt variance, and null if nothing varies. */
  dominant: string | null;
  /** Mean z (recommended reference and temperature) and share above the reference, of each pick and of the base. */
  picks: { column: string; base: PickLevel; sum: PickLevel; lsc: PickLevel }[];
  /** Share with z > 0 in every column. */
  aboveInAll: { base: Estimate; sum: Estimate; lsc: Estimate; difference: Estimate } | null;
  /** Where the two differ most: by the LSC utility lost to the sum. At most 10. */
  examples: DisagreementExample[];
};

export type PickLevel = { meanZ: Estimate; aboveReference: Estimate };

export type Dominance = {
  column: string;
  /** cov(column, sum)/var(sum) within prompts, pooled: shares add up to 1 and may be negative. 0 if nothing varies. */
  varianceShare: Estimate;
  /** Share of ranked prompts where the sum picks what this column alone would pick. */
  agreement: Estimate;
};

export type DisagreementExample = {
  /** Text, cut at 300 characters. */
  prompt: string;
  sum: PickedExample;
  lsc: PickedExample;
};

export type PickedExample = {
  line: number;
  /** Cut at 300 characters; empty without a response column. */
  response: string;
  rewards: Record<string, number>;
  z: Record<string, number>;
  u: number;
};

export type Recommendation = {
  /** Complete but for its hash: `sealObjective` makes it a file. */
  objective: Omit<ObjectiveFile, "hash">;
  /** How T was set, in words: a heuristic of scale, not a calibration. */
  temperatureRule: string;
  /** How references were set, in words, with the number of prompts that fell back to the global one. */
  referenceRule: string;
  references: { prompts: number; perPrompt: number; fellBackToGlobal: number };
};

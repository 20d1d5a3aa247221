import type { Estimate } from "../stats/bootstrap.ts";
import type { ByValue, FrontierRow, Setting } from "./types.ts";

/** Shares and means with intervals over seeds and prompts. */
export type Standing = {
  readonly method: string;
  /** The best one at this KL; null for best-of-k and for the base. */
  readonly klWeight: number | null;
  /** Share truly good in all values. */
  readonly allGood: Estimate;
  readonly trueValues: ByValue<Estimate>;
  /** Mean over the values of `proxy − trueWins`. */
  readonly gap: Estimate;
  /** Change against the base of the same seed. */
  readonly probes: ByValue<Estimate>;
};

/** The base policy itself. Its responses are the same for every seed; what reward models think of them is not. */
export type BaseStanding = Omit<Standing, "klWeight" | "probes"> & {
  readonly probes: ByValue<number>;
  readonly distributions: FrontierRow["distributions"];
};

/** The compared method minus another one, paired by seed and prompt. */
export type Difference = {
  readonly against: string;
  readonly allGood: Estimate;
  readonly verdict: Verdict;
  readonly trueValues: ByValue<Estimate>;
  readonly gap: Estimate;
};

/** Whether the interval of the difference leaves out zero, and on which side. */
export type Verdict = "ahead" | "behind" | "not told apart";

export type Level = {
  /** In nats a response. */
  readonly kl: number;
  /** For best-of-k. */
  readonly k: number | null;
  /** Whether it is the lowest or highest KL at which the compared method and a raw sum were both measured. */
  readonly place: "low" | "high" | "only" | null;
  /** Of every method that got here with every seed, the best first. */
  readonly standings: readonly Standing[];
  /** The raw sum that does best here: its weights are picked after seeing the result, which favours it. */
  readonly bestRawSum: string | null;
  readonly differences: readonly Difference[];
  /** Five quantiles of truth and z for the compared method and the best raw sum, means over seeds. */
  readonly distributions: ByValue<FrontierRow["distributions"]>;
};

export type KindComparison = {
  readonly kind: Setting["kind"];
  readonly seeds: readonly number[];
  /** Seeds without all runs that other seeds have. */
  readonly seedsLeftOut: readonly number[];
  readonly levels: readonly Level[];
};

export type FrontierComparison = {
  /** The one that all others are held against. */
  readonly method: string;
  readonly base: BaseStanding | null;
  readonly prompts: number;
  readonly resamples: number;
  readonly kinds: readonly KindComparison[];
};

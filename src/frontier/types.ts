/** What a frontier is made of: one row for each way, setting and seed. */

/** The five quantiles of a distribution: 5, 25, 50, 75 and 95 %. */
export type FiveNumbers = readonly [number, number, number, number, number];

export type Setting =
  | { readonly kind: "best-of-k"; readonly k: number }
  | {
      readonly kind: "rl";
      readonly algorithm: string;
      /** γ of E[u] − γ KL. */
      readonly klWeight: number;
      /** Steps done when it was measured. */
      readonly step: number;
    };

/** Numbers by value: helpful, harmless, … */
export type ByValue<T = number> = Readonly<Record<string, T>>;

export type FrontierRow = {
  /** How the rewards were combined: `LSC AND`, `raw sum 1:1:1:1`, … */
  readonly method: string;
  readonly setting: Setting;
  readonly seed: number;
  /** KL to the base policy in nats a response: measured for RL; the bound log k − (k−1)/k for best-of-k. */
  readonly kl: number;
  /** Share of responses truly good in all values. */
  readonly allGood: number;
  /** Means of the true values, in 0…1. */
  readonly trueValues: ByValue;
  /** By the learned reward: the probability that a response beats a base response to the same prompt. 0.5 for the base itself. */
  readonly proxy: ByValue;
  /**
   * The same by the truth: the probability that a rater would choose it who has no weakness for length or tone.
   * `proxy − trueWins` is the hacking gap.
   */
  readonly trueWins: ByValue;
  /** Length in words, tone, stock phrases, … */
  readonly probes: ByValue;
  readonly distributions: ByValue<{ readonly truth: FiveNumbers; readonly z: FiveNumbers }>;
  /** Share truly good in all values, by test prompt: what intervals over prompts are made of. */
  readonly byPrompt: readonly number[];
  /** The same of the true values, of the probes, and of the hacking gap (its mean over the values); rounded. */
  readonly trueByPrompt: ByValue<readonly number[]>;
  readonly probesByPrompt: ByValue<readonly number[]>;
  readonly gapByPrompt: readonly number[];
};

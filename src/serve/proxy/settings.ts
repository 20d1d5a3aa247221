/** How a proxy chooses. What a request may say for itself is in `sampling-plan.ts`. */
export type ProxySettings = {
  /** Candidates of a request that does not say how many. */
  k: number;
  /** The most that a request may ask for. */
  maxK: number;
  /** γ of soft best-of-k, in nats; 0 is hard best-of-k. */
  gamma: number;
  /** The fewest candidates to choose among where some of the k could not be had; undefined: all k are needed. */
  minK?: number;
  /** Sample in rounds, and stop at a candidate whose p(goal) is at least this, in (0, 1]. */
  earlyStop?: number;
  /** What a request gets whose candidates can't be scored: an error, or the first of them, and the answer says so. */
  onRewardFailure: "error" | "first";
  /** From the request to the answer, in milliseconds. */
  deadlineMs: number;
  /** A stream that has nothing to say yet says so this often, in milliseconds. */
  keepAliveMs: number;
};

export const DEFAULT_PROXY_SETTINGS = {
  k: 8,
  maxK: 16,
  gamma: 0,
  onRewardFailure: "error",
  deadlineMs: 120_000,
  keepAliveMs: 5_000,
} satisfies ProxySettings;

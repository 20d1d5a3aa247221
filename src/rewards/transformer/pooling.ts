/** What stands for a response: the hidden state at its last token, or the mean over all its tokens. */
export const POOLINGS = ["last", "mean"] as const;
export type Pooling = (typeof POOLINGS)[number];

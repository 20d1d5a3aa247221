import type { Message } from "../preferences/types.ts";

export type SampleRequest = {
  /** Samples of each prompt. */
  n: number;
  maxNewTokens: number;
  /** 1 where absent: what is sampled is then the policy itself. */
  temperature?: number;
  /** The same seed gives the same samples. */
  seed: number;
  signal?: AbortSignal;
  /** Called now and then with the number of tokens sampled so far in this call. */
  onProgress?: (tokens: number) => void;
};

/** One response of a policy. */
export type PolicySample = {
  /** Without end-of-text tokens. */
  readonly text: string;
  /** Length in tokens, the end token included; undefined where a server does not say. */
  readonly tokens: number | undefined;
  /** Whether it ended by itself, not at `maxNewTokens`. */
  readonly ended: boolean;
};

/** A language model as alignment sees it: π(y | x), to be sampled from. */
export type Policy = {
  readonly name: string;
  /** @returns for each prompt its n samples */
  sample(prompts: readonly (readonly Message[])[], request: SampleRequest): Promise<PolicySample[][]>;
  dispose(): Promise<void>;
};

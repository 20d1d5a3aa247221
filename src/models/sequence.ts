import type { Random } from "../stats/random.ts";
import { type ChoiceOptions, drawToken, mostLikely } from "./token-choice.ts";

export type SampleOptions = ChoiceOptions & {
  maxNewTokens: number;
  /** Samples of each prompt. Default 1. */
  n?: number;
  /** The source of chance of each sequence, so that it does not depend on the sequences beside it. */
  random: (prompt: number, sample: number) => Random;
  /** Any of them ends a sequence, and is its last token. */
  stopTokens?: readonly number[];
  /** Asked after each token: true ends the sequence. */
  stopWhen?: (tokens: readonly number[], prompt: number, drawn: DrawnToken) => boolean;
  signal?: AbortSignal;
  /** Called after each step with the number of tokens sampled so far in this call. */
  onProgress?: (tokens: number) => void;
};

/** The newest token of a sequence, as `stopWhen` sees it. */
export type DrawnToken = {
  /** Which sample of its prompt the sequence is. */
  readonly sample: number;
  /** Of the whole vocabulary where the token was drawn, under the model itself; valid during the call alone. */
  readonly logProbs: Float32Array;
};

/** A stop token or `stopWhen`; `maxNewTokens`; or the end of the model's context. */
export type StopReason = "stop" | "length" | "context";

export type Sample = {
  /** What was added to the prompt; a stop token is included. */
  readonly tokens: readonly number[];
  /** log p(token | what stands before it) of each token under the model itself: temperature 1, nothing filtered. */
  readonly logProbs: readonly number[];
  readonly stopReason: StopReason;
};

/** A sample that grows. */
export type Sequence = {
  /** Index of its prompt. */
  readonly prompt: number;
  /** Which sample of its prompt it is. */
  readonly sample: number;
  /** The prompt's tokens. */
  readonly ids: readonly number[];
  readonly random: Random;
  readonly tokens: number[];
  readonly logProbs: number[];
  /** Tokens whose keys and values are in the cache: all but the newest one. */
  cached: number;
  stopReason: StopReason | undefined;
};

export const startSequence = (start: Pick<Sequence, "prompt" | "sample" | "ids" | "random">): Sequence => {
  return { ...start, tokens: [], logProbs: [], cached: 0, stopReason: undefined };
};

export const isAlive = ({ stopReason }: Sequence): boolean => stopReason === undefined;

/** One row of what a pass has found, for the whole vocabulary; see `cached-pass.ts`. */
export type Choices = { readonly logProbs: Float32Array; readonly probabilities: Float32Array };

/** Chooses the next token, and says whether it is the last one. */
export function addToken(
  sequence: Sequence,
  { logProbs, probabilities }: Choices,
  options: SampleOptions,
  context: number,
  scratch: Float32Array,
): void {
  const { ids, prompt, sample, random, tokens } = sequence;
  const greedy = options.temperature === 0;
  const token = greedy ? mostLikely(logProbs) : drawToken(probabilities, options, random, scratch);
  tokens.push(token);
  sequence.logProbs.push(logProbs[token]!);
  // asked even where a stop token ends it: who watches a sample grow sees all of it
  const stopped = options.stopWhen?.(tokens, prompt, { sample, logProbs });
  if (stopped || options.stopTokens?.includes(token)) sequence.stopReason = "stop";
  else if (tokens.length >= options.maxNewTokens) sequence.stopReason = "length";
  else if (ids.length + tokens.length >= context) sequence.stopReason = "context";
}

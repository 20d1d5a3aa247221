import { type SessionOptions, State } from "../engine/index.ts";
import type { ModelFiles } from "./model-files.ts";
import { weightValues } from "./network.ts";
import { randomStreams } from "./random-streams.ts";
import { Sampler } from "./sampler.ts";
import type { Sample, SampleOptions } from "./sequence.ts";
import { TokenScorer } from "./token-scorer.ts";
import { decodeContinuation, type Tokenizer } from "./tokenizer.ts";

export type TextSampleOptions = Omit<SampleOptions, "random" | "stopWhen"> & {
  /** Any whole number; the same seed gives the same samples. */
  seed: number;
  /** Texts that end a sample where they appear. */
  stop?: readonly string[];
};

export type TextSample = Sample & {
  /** Without the stop token, special tokens, and what follows from a stop text on. */
  readonly text: string;
  /** Mean of `logProbs`. */
  readonly meanLogProb: number;
};

/** A sampler on a model's weights, which are shared, not copied. */
export const openSampler = (
  { config, weights }: Pick<ModelFiles, "config" | "weights">,
  options: SessionOptions & { maxBatch?: number } = {},
): Sampler => new Sampler(config, new State(weightValues(config, weights)), options);

/** A scorer on a model's weights, which are shared, not copied. */
export const openScorer = (
  { config, weights }: Pick<ModelFiles, "config" | "weights">,
  options: SessionOptions = {},
): TokenScorer => new TokenScorer(config, new State(weightValues(config, weights)), options);

/** The tokens that end a text, by the model's files and by its tokenizer's. */
export const endTokens = ({ tokens }: Pick<ModelFiles, "tokens">, { eos }: Tokenizer): number[] => [
  ...new Set([...tokens.eos, ...(eos === null ? [] : [eos])]),
];

/** The tokens of a text that a model goes on with; of an empty one, the token that begins a text, where there is one. */
export function encodeStart(tokenizer: Tokenizer, text: string): number[] {
  const ids = tokenizer.encode(text, { addSpecialTokens: true });
  const first = tokenizer.bos ?? tokenizer.eos;
  return ids.length === 0 && first !== null ? [first] : ids;
}

/**
 * Continues prompts, as text.
 * @param prompts token ids
 * @returns for each prompt its samples
 * @throws as `Sampler.sample`
 */
export async function sampleText(
  sampler: Sampler,
  tokenizer: Tokenizer,
  prompts: readonly (readonly number[])[],
  { seed, stop = [], ...options }: TextSampleOptions,
): Promise<TextSample[][]> {
  const textOf = (prompt: number, tokens: readonly number[]) =>
    decodeContinuation(tokenizer, prompts[prompt]!, tokens, { skipSpecialTokens: true });
  const groups = await sampler.sample(prompts, {
    ...options,
    random: randomStreams(seed),
    ...(stop.length > 0 && {
      stopWhen: (tokens, prompt) => firstOf(stop, textOf(prompt, tokens)) !== undefined,
    }),
  });
  return groups.map((group, prompt) =>
    group.map((sample): TextSample => {
      const { tokens, logProbs } = sample;
      const ended = options.stopTokens?.includes(tokens.at(-1)!) === true;
      const text = textOf(prompt, ended ? tokens.slice(0, -1) : tokens);
      const meanLogProb = logProbs.reduce((sum, x) => sum + x, 0) / logProbs.length;
      return { ...sample, text: text.slice(0, firstOf(stop, text)), meanLogProb };
    }),
  );
}

/** Where the first of some texts begins. */
function firstOf(texts: readonly string[], within: string): number | undefined {
  const places = texts.map((text) => within.indexOf(text)).filter((at) => at !== -1);
  return places.length === 0 ? undefined : Math.min(...places);
}

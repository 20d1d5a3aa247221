import type { Message } from "../preferences/types.ts";
import { createRandom } from "../stats/random.ts";
import { composeResponse } from "./compose.ts";
import { type Breadth, drawPrompts } from "./prompts.ts";
import { readRequest } from "./request.ts";
import { streamSeed } from "./stream-seed.ts";

export type CorpusOptions = {
  /** Any whole number; the same seed gives the same texts. */
  seed: number;
  /** Distinct prompts, the intents by turns. */
  prompts: number;
  /** Responses to each prompt, drawn independently; 1 where absent. */
  responses?: number;
  /** Further distinct prompts that stand in no text to learn from; 0 where absent. */
  heldOut?: number;
} & Breadth;

/** A dialogue of the world: one request and one answer of mixed quality. */
export type WorldText = { readonly prompt: readonly Message[]; readonly response: string };

/** Texts to learn the world's language from. They are made anew, and are the same, each time one walks through them. */
export type Corpus = { readonly train: Iterable<WorldText>; readonly heldOut: Iterable<WorldText> };

/**
 * The language of the world as texts for a language model. A longer corpus begins with the shorter one, as long as the
 * intents' prompts last.
 *
 * @throws RangeError for a number that isn't whole or too small, or more prompts than there are
 */
export function createCorpus({
  seed,
  prompts,
  responses = 1,
  heldOut = 0,
  ...breadth
}: CorpusOptions): Corpus {
  for (const [name, value, least] of [
    ["prompts", prompts, 1],
    ["responses", responses, 1],
    ["heldOut", heldOut, 0],
  ] as const) {
    if (!Number.isSafeInteger(value) || value < least)
      throw new RangeError(`${name} must be a whole number ≥ ${least}, got ${value}`);
  }
  const drawn = drawPrompts(prompts + heldOut, createRandom(streamSeed(seed, "corpus prompts")), breadth);
  const texts = (name: string, some: readonly Message[][]): Iterable<WorldText> => ({
    *[Symbol.iterator]() {
      const random = createRandom(streamSeed(seed, `corpus ${name}`));
      for (const prompt of some) {
        const request = readRequest(prompt);
        for (let i = 0; i < responses; i++) yield { prompt, response: composeResponse(request, random) };
      }
    },
  });
  return { train: texts("train", drawn.slice(0, prompts)), heldOut: texts("held out", drawn.slice(prompts)) };
}

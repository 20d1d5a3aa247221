import type { Message } from "../preferences/types.ts";
import { fnv1a, spread } from "./hash.ts";
import type { SparseVector } from "./sparse.ts";
import { tokensOf, wordsOf } from "./tokens.ts";

/** Name and version of this feature map, as `ReferenceEstimator.features` has it. */
export const PROMPT_FEATURE_MAP = "prompt/1";

const HASHED = 256;
const DENSE = 5;

/** Length of the feature vector. */
export const PROMPT_DIMENSION = HASHED + DENSE;

/**
 * Features of a prompt alone: the words of its last message, hashed with signs and scaled to length 1, then log(1 + words)
 * of the last message and of everything before it, log of the number of messages, whether the last one has a question
 * mark, and whether it has a digit. The same in Node and in a browser.
 */
export function promptFeatures(prompt: readonly Message[]): SparseVector {
  const last = prompt.at(-1)?.content ?? "";
  const words = wordsOf(tokensOf(last));
  const earlier = prompt
    .slice(0, -1)
    .reduce((sum, { content }) => sum + wordsOf(tokensOf(content)).length, 0);
  const features = new Float64Array(PROMPT_DIMENSION);
  for (const word of new Set(words)) {
    const hash = spread(fnv1a(word));
    features[hash % HASHED]! += hash >>> 31 === 1 ? 1 : -1;
  }
  const length = Math.sqrt(features.reduce((sum, value) => sum + value * value, 0)) || 1;
  for (let j = 0; j < HASHED; j++) features[j]! /= length;
  features.set(
    [
      Math.log1p(words.length),
      Math.log1p(earlier),
      Math.log(Math.max(1, prompt.length)),
      /[?？؟]/u.test(last) ? 1 : 0,
      /\p{N}/u.test(last) ? 1 : 0,
    ],
    HASHED,
  );
  const indices = Int32Array.from([...features.keys()].filter((j) => features[j] !== 0));
  return { indices, values: Float64Array.from(indices, (j) => features[j]!) };
}

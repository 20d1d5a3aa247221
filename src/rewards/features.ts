/**
 * The feature map φ(x, y) of the n-gram reward model: hashed n-grams of the response, its relation to the prompt, its
 * form and its length. Deterministic, the same in Node and in a browser.
 * @module
 */
import { FORM_FEATURES, formFeatures } from "./form-features.ts";
import { fnv1a, spread } from "./hash.ts";
import { contextOf } from "./prompt-context.ts";
import { RELATION_FEATURES, relationFeatures } from "./relation-features.ts";
import type { RewardItem } from "./reward-model.ts";
import type { SparseVector } from "./sparse.ts";
import { tokensOf, wordsOf } from "./tokens.ts";

/** Name and version of this feature map. A model of another version can't be read: its weights mean something else. */
export const FEATURE_MAP = "ngram/1";

/** Hashed n-grams fall in 0…HASHED − 1. */
export const HASHED = 2 ** 18;

/** What stands after the hashed part, in order. */
export const DENSE_FEATURES = [...RELATION_FEATURES, ...FORM_FEATURES, "length, log"] as const;

/** Length of φ. */
export const DIMENSION = HASHED + DENSE_FEATURES.length;

/** Where log(1 + characters) stands: what length control leaves out. */
export const LENGTH_INDEX = DIMENSION - 1;

/**
 * φ(x, y). The hashed part has one and two tokens in a row, each log(1 + count) with a sign from the hash so that
 * collisions cancel on average (Weinberger et al. 2009), scaled to length 1; the dense part has the features as they are.
 */
export function featurise({ prompt, response }: RewardItem): SparseVector {
  const tokens = tokensOf(response);
  const words = wordsOf(tokens);
  const hashed = hashedRuns(tokens);
  const dense = [
    ...relationFeatures(response, words, contextOf(prompt)),
    ...formFeatures(response, words),
    Math.log1p(response.length),
  ];
  const nonZero = [...dense.keys()].filter((k) => dense[k] !== 0);
  const indices = new Int32Array(hashed.indices.length + nonZero.length);
  indices.set(hashed.indices);
  indices.set(
    nonZero.map((k) => HASHED + k),
    hashed.indices.length,
  );
  const values = new Float64Array(indices.length);
  values.set(hashed.values);
  values.set(
    nonZero.map((k) => dense[k]!),
    hashed.indices.length,
  );
  return { indices, values };
}

function hashedRuns(tokens: readonly string[]): SparseVector {
  // counted by hash: a run of two goes on from the hash of its first token and a space
  const counts = new Map<number, number>();
  const add = (hash: number) => counts.set(hash, (counts.get(hash) ?? 0) + 1);
  tokens.forEach((token, i) => {
    add(fnv1a(token));
    if (i > 0) add(fnv1a(token, fnv1a(" ", fnv1a(tokens[i - 1]!))));
  });
  const sums = new Map<number, number>();
  for (const [run, count] of counts) {
    const hash = spread(run);
    const index = hash % HASHED;
    const value = (hash >>> 31 === 1 ? 1 : -1) * Math.log1p(count);
    sums.set(index, (sums.get(index) ?? 0) + value);
  }
  const indices = Int32Array.from(sums.keys()).sort();
  const values = Float64Array.from(indices, (index) => sums.get(index)!);
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0)) || 1;
  return { indices, values: values.map((value) => value / length) };
}

import { type PreferencePair, promptHash } from "../preferences/index.ts";
import type { Random } from "../stats/random.ts";

/**
 * A bootstrap resample of preferences by prompt (Efron & Tibshirani 1993): as many prompts as there are, drawn with
 * replacement. A prompt that was drawn n times stands there once, with pairs of n times their weight, which is the same
 * to a fit that weighs pairs; so no copy of a pair can stand on both sides of a cut by prompt.
 */
export function bootstrapPairs<Pair extends PreferencePair>(
  pairs: readonly Pair[],
  random: Random,
): (Pair & { weight: number })[] {
  const hashes = pairs.map(({ prompt }) => promptHash(prompt));
  const prompts = [...new Set(hashes)].sort();
  const drawn = new Map<string, number>();
  for (let i = 0; i < prompts.length; i++) {
    const prompt = prompts[random.below(prompts.length)]!;
    drawn.set(prompt, (drawn.get(prompt) ?? 0) + 1);
  }
  return pairs.flatMap((pair, i) => {
    const times = drawn.get(hashes[i]!);
    return times === undefined ? [] : [{ ...pair, weight: times * (pair.weight ?? 1) }];
  });
}

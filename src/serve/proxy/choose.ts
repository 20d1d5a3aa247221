import { bestOfK, softBestOfK } from "../../align/index.ts";
import type { Random } from "../../stats/random.ts";

export type Rated = {
  u: number;
  /** Not fit for what the request asked for: chosen only after all that are. */
  unfit: boolean;
};

/**
 * The n candidates to answer with, best first: of highest u, the first of equals; or, with γ > 0, drawn one after another
 * without replacement, each with probability ∝ exp(u/γ) among those left.
 *
 * @returns indices, n of them
 */
export function chooseCandidates(
  rated: readonly Rated[],
  n: number,
  gamma: number,
  random: Random,
): number[] {
  const chosen: number[] = [];
  for (const unfit of [false, true]) {
    const left = [...rated.keys()].filter((i) => rated[i]!.unfit === unfit);
    while (left.length > 0 && chosen.length < n) {
      const u = left.map((i) => rated[i]!.u);
      const { index } = gamma === 0 ? bestOfK(u) : softBestOfK(u, gamma, random);
      chosen.push(...left.splice(index, 1));
    }
  }
  return chosen;
}

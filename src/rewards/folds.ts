import { createRandom } from "../stats/random.ts";

/**
 * Deals groups (prompts) into folds of nearly equal number, so that no group is torn apart. The order of the rows does
 * not matter, only which groups there are.
 *
 * @param groups the group of each row
 * @param folds as many as there are groups, at most
 * @returns the fold of each row, 0…folds − 1
 * @throws RangeError with fewer than two groups
 */
export function groupedFolds(groups: readonly string[], folds: number, seed: number): Int32Array {
  const distinct = [...new Set(groups)].sort();
  if (distinct.length < 2) throw new RangeError("cross-validation needs at least two prompts");
  const count = Math.min(folds, distinct.length);
  const fold = new Map(
    createRandom(seed)
      .shuffle(distinct)
      .map((group, k) => [group, k % count]),
  );
  return Int32Array.from(groups, (group) => fold.get(group)!);
}

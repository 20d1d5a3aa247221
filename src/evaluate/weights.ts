/**
 * Weights to sweep in a weighted sum: all multiples of 1/steps on the simplex, corners included, and the centre.
 * 2 values give 11 points, 3 give 16, 4 give 11, n ≥ 4 give n(n+1)/2 + 1.
 *
 * @param n number of values, ≥ 1
 * @returns weight vectors that sum to 1; the centre (equal weights) is the last
 */
export function weightSweep(n: number): number[][] {
  const steps = n === 2 ? 10 : n === 3 ? 4 : 2;
  const centre = new Array<number>(n).fill(1 / n);
  if (n === 1) return [centre];
  const grid = compositions(steps, n).map((parts) => parts.map((part) => part / steps));
  return [...grid.filter((weights) => weights.some((w) => w !== weights[0])), centre];
}

/** All ways to write `total` as an ordered sum of `parts` whole numbers ≥ 0. */
function compositions(total: number, parts: number): number[][] {
  if (parts === 1) return [[total]];
  return Array.from({ length: total + 1 }, (_, first) => first).flatMap((first) =>
    compositions(total - first, parts - 1).map((rest) => [first, ...rest]),
  );
}

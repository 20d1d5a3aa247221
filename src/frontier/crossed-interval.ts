import type { Estimate } from "../stats/bootstrap.ts";
import { createRandom } from "../stats/random.ts";

/** How often each seed and each prompt is drawn, `resamples` times. One set serves every measure. */
export type Resamples = {
  readonly seeds: readonly Uint16Array[];
  readonly prompts: readonly Uint16Array[];
};

export function drawResamples(
  seeds: number,
  prompts: number,
  options: { seed: number; resamples: number },
): Resamples {
  const random = createRandom(options.seed);
  const draw = (n: number) => {
    const counts = new Uint16Array(n);
    for (let i = 0; i < n; i++) counts[random.below(n)]! += 1;
    return counts;
  };
  const drawn = Array.from({ length: options.resamples }, () => [draw(seeds), draw(prompts)] as const);
  return { seeds: drawn.map(([each]) => each), prompts: drawn.map(([, each]) => each) };
}

/**
 * Mean of a table of seeds by prompts that are crossed (every seed meets the same prompts), with a 95 % interval that
 * would hold for other seeds and other prompts: seeds and prompts are resampled independently (Owen 2007, "The
 * pigeonhole bootstrap"). That bootstrap counts the noise of single cells three times, and few units make a percentile
 * interval too narrow (Hesterberg 2015). So what is resampled is the effect of each seed, widened by
 * √(S/(S−1)) t₀.₉₇₅(S−1)/z₀.₉₇₅, and the effect of each prompt, freed of the noise that the seeds' effects hold already.
 * With one seed the interval is over prompts alone, with one prompt over seeds alone.
 *
 * @param table `table[seed][prompt]`, each row of the same length
 */
export function crossedMean(table: readonly ArrayLike<number>[], { seeds, prompts }: Resamples): Estimate {
  const effects = effectsOf(table);
  const [forSeeds, forPrompts] = factors(table, effects);
  const { value, bySeed, byPrompt } = effects;
  const draws = Float64Array.from(
    seeds,
    (drawn, b) =>
      value +
      (forSeeds * weighted(bySeed, drawn)) / bySeed.length +
      (forPrompts * weighted(byPrompt, prompts[b]!)) / byPrompt.length,
  ).sort();
  return {
    value,
    ci95: [draws[Math.floor(0.025 * draws.length)]!, draws[Math.ceil(0.975 * draws.length) - 1]!],
  };
}

type Effects = { value: number; bySeed: Float64Array; byPrompt: Float64Array };

function effectsOf(table: readonly ArrayLike<number>[]): Effects {
  const [S, P] = [table.length, table[0]!.length];
  const bySeed = new Float64Array(S);
  const byPrompt = new Float64Array(P);
  for (const [s, row] of table.entries()) {
    for (let p = 0; p < P; p++) {
      bySeed[s]! += row[p]! / P;
      byPrompt[p]! += row[p]! / S;
    }
  }
  const value = bySeed.reduce((sum, x) => sum + x, 0) / S;
  return { value, bySeed: bySeed.map((x) => x - value), byPrompt: byPrompt.map((x) => x - value) };
}

function factors(
  table: readonly ArrayLike<number>[],
  { value, bySeed, byPrompt }: Effects,
): [number, number] {
  const [S, P] = [bySeed.length, byPrompt.length];
  const forSeeds = S === 1 ? 0 : (Math.sqrt(S / (S - 1)) * studentQuantile(S - 1)) / 1.959964;
  if (P === 1) return [forSeeds, 0];
  let noise = 0;
  if (S > 1) {
    for (const [s, row] of table.entries()) {
      for (let p = 0; p < P; p++) noise += (row[p]! - value - bySeed[s]! - byPrompt[p]!) ** 2;
    }
    noise /= (S - 1) * (P - 1);
  }
  const spread = byPrompt.reduce((sum, x) => sum + x * x, 0) / (P - 1);
  const own = spread > 0 ? Math.max(0, 1 - noise / S / spread) : 0;
  return [forSeeds, Math.sqrt((own * P) / (P - 1))];
}

function weighted(effects: Float64Array, counts: Uint16Array): number {
  let sum = 0;
  for (let i = 0; i < effects.length; i++) sum += effects[i]! * counts[i]!;
  return sum;
}

/** Of Student's t with 1 … 10 degrees of freedom, at 0.975. */
const STUDENT = [12.7062, 4.30265, 3.18245, 2.77645, 2.57058, 2.44691, 2.36462, 2.306, 2.26216, 2.22814];

/** @param df degrees of freedom, a whole number ≥ 1; to 1e-4 (from 11 on by the expansion of Cornish and Fisher) */
export function studentQuantile(df: number): number {
  const z = 1.959964;
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
  ];
  return STUDENT[df - 1] ?? terms.reduce((sum, term, i) => sum + term / df ** (i + 1), z);
}

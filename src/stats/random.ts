import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** A seeded source of randomness. It is passed in, never global: the same seed gives the same bytes. */
export type Random = {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** A whole number, uniform in 0…n−1. Throws a RangeError unless n is a whole number ≥ 1. */
  below(n: number): number;
  /** Standard normal (Box–Muller). */
  normal(): number;
  /** A shuffled copy (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[];
};

/** @param seed any whole number; only its low 32 bits count */
export function createRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed | 0);
  const uniform = () => uniformFloat64(generator);
  const below = (n: number) => {
    if (!Number.isInteger(n) || n < 1) throw new RangeError(`below(n) needs a whole number n ≥ 1, got ${n}`);
    return uniformInt(generator, 0, n - 1);
  };
  return {
    uniform,
    below,
    normal: () => Math.sqrt(-2 * Math.log1p(-uniform())) * Math.cos(2 * Math.PI * uniform()),
    shuffle(items) {
      const copy = [...items];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [copy[i], copy[j]] = [copy[j] as (typeof copy)[number], copy[i] as (typeof copy)[number]];
      }
      return copy;
    },
  };
}

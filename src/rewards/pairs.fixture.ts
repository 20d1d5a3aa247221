import type { PreferencePair } from "../preferences/index.ts";
import { createRandom } from "../stats/random.ts";

const FILLER = "river stone paper window garden copper winter signal market bridge".split(" ");

/**
 * Pairs at different prompts. People like "kindly" and dislike "grumpy", and, `lengthBias` of the time, take the longer
 * response instead.
 */
export function makePairs(
  count: number,
  {
    seed = 1,
    lengthBias = 0,
    value = "helpful",
  }: { seed?: number; lengthBias?: number; value?: string } = {},
): PreferencePair[] {
  const random = createRandom(seed);
  const filler = (words: number) =>
    Array.from({ length: words }, () => FILLER[random.below(FILLER.length)]!).join(" ");
  return Array.from({ length: count }, (_, i) => {
    const good = `${filler(3 + random.below(20))} kindly ${filler(2)}`;
    const bad = `${filler(3 + random.below(20))} grumpy ${filler(2)}`;
    const byLength = random.uniform() < lengthBias && good.length < bad.length;
    return {
      id: String(i + 1),
      prompt: [{ role: "user", content: `question ${i} about ${filler(2)}` }],
      chosen: byLength ? bad : good,
      rejected: byLength ? good : bad,
      value,
      source: `made:${i + 1}`,
    };
  });
}

import { createRandom, type Random } from "../stats/random.ts";

/**
 * A source of chance for each sample of each prompt, independent of each other: what one draws does not change what
 * another finds.
 * @param seed any whole number; only its low 32 bits count
 */
export function randomStreams(seed: number): (prompt: number, sample: number) => Random {
  return (prompt, sample) => createRandom(mix(mix(mix(seed) + prompt) + sample));
}

/** Spreads 32 bits, one to one: the finaliser of MurmurHash3 (Appleby), after a step that moves 0. */
function mix(x: number): number {
  let h = (x + 0x9e3779b9) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

import { createHash } from "node:crypto";

/**
 * A 32-bit seed for one named stream of randomness, so that streams are independent of each other and of
 * neighbouring seeds: the first four bytes of SHA-256 over `seed name`.
 */
export function streamSeed(seed: number, name: string): number {
  return createHash("sha256").update(`${seed} ${name}`).digest().readInt32BE(0);
}

import { createHash } from "node:crypto";

/**
 * The part that a prompt belongs to: 80 % train, 20 % test, by SHA-256 of seed and prompt hash. The same prompt falls in
 * the same part in every file, so none leaks from training into the test.
 * @param hash `promptHash(prompt)`
 */
export function split(hash: string, seed: number): "train" | "test" {
  return fraction("split", hash, seed) < 0.8 ? "train" : "test";
}

/** An independent cut into two halves, so that a judge can be trained on other prompts than the model it judges. */
export function half(hash: string, seed: number): 1 | 2 {
  return fraction("half", hash, seed) < 0.5 ? 1 : 2;
}

/** Uniform in [0, 1) over hashes; independent over purposes and seeds. */
function fraction(purpose: string, hash: string, seed: number): number {
  return createHash("sha256").update(`${seed}:${purpose}:${hash}`).digest().readUIntBE(0, 6) / 2 ** 48;
}

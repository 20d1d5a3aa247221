import { createHash } from "node:crypto";
import { promptKey } from "./prompt-key.ts";
import type { Message } from "./types.ts";

/**
 * The name of a prompt everywhere: splits, references, objective files.
 * First 16 hex digits of SHA-256 over the UTF-8 of the JSON array `[[role, content], …]` (no spaces).
 */
export function promptHash(prompt: readonly Message[]): string {
  return createHash("sha256").update(promptKey(prompt)).digest("hex").slice(0, 16);
}

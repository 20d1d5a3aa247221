import { createHash } from "node:crypto";
import type { Message } from "./types.ts";

/**
 * The name of a prompt everywhere: splits, references, objective files.
 * First 16 hex digits of SHA-256 over the UTF-8 of the JSON array `[[role, content], …]` (no spaces).
 */
export function promptHash(prompt: readonly Message[]): string {
  const canonical = JSON.stringify(prompt.map(({ role, content }) => [role, content]));
  return createHash("sha256").update(canonical).digest("hex").slice(0, 16);
}

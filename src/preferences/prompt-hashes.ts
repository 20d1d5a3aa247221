import { promptKey } from "./prompt-key.ts";
import type { Message } from "./types.ts";

/** `promptHash` of many prompts, by Web Crypto: for code that also runs in a browser. */
export async function promptHashes(prompts: readonly (readonly Message[])[]): Promise<string[]> {
  const keys = prompts.map(promptKey);
  // the candidates of a prompt mostly stand together
  const distinct = [...new Set(keys)];
  const hashes = new Map(
    await Promise.all(distinct.map(async (key) => [key, await sha256Start(key)] as const)),
  );
  return keys.map((key) => hashes.get(key)!);
}

/** First 16 hex digits. */
async function sha256Start(text: string): Promise<string> {
  const digest = await globalThis.crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest, 0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

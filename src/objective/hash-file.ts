import type { ObjectiveFile } from "./file.ts";
import { ObjectiveFileError } from "./parse-file.ts";

/**
 * Adds the content hash: SHA-256 over the canonical JSON (RFC 8785: keys sorted, no white space) of everything but
 * the hash itself. Uses Web Crypto, which Node and browsers share.
 */
export async function sealObjective(file: Omit<ObjectiveFile, "hash">): Promise<ObjectiveFile> {
  return { ...file, hash: await contentHash(file) };
}

/** @throws ObjectiveFileError if the content is not what the hash was made of */
export async function verifyObjective(file: ObjectiveFile): Promise<void> {
  const { hash, ...content } = file;
  const actual = await contentHash(content);
  if (actual !== hash) {
    throw new ObjectiveFileError(
      "hash",
      `found ${hash.slice(0, 12)}…, expected ${actual.slice(0, 12)}…: the file was changed after it was written; remake it with "allgood calibrate"`,
    );
  }
}

async function contentHash(content: Omit<ObjectiveFile, "hash">): Promise<string> {
  const bytes = new TextEncoder().encode(canonicalJson(content));
  const digest = await globalThis.crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** JSON with the keys of every object in code-unit order and no white space; members that are undefined are left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}

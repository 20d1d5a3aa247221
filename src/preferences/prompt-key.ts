import type { Message } from "./types.ts";

/** What of a prompt is hashed: the JSON array `[[role, content], …]`, no spaces. */
export const promptKey = (prompt: readonly Message[]): string =>
  JSON.stringify(prompt.map(({ role, content }) => [role, content]));

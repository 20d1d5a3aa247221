import { z } from "zod";
import { prompt } from "./fields.ts";
import { type Place, parseRow } from "./reader.ts";
import type { Message } from "./types.ts";

const schema = z.object({ prompt });

/**
 * A prompt as messages, for callers that stream rows themselves: text (one user turn, or an HH transcript) or a list of
 * `{role, content}`, also as JSON text.
 * @throws InputError at `place` where it is neither
 */
export function parsePrompt(value: unknown, place: Place): Message[] {
  return parseRow(schema, { prompt: value }, place).prompt;
}

import { InputError, show } from "../io/errors.ts";
import { readRows } from "../io/rows.ts";
import { type BadRows, eachRow, noUsableRow, type ReadOptions } from "./open.ts";
import { parsePrompt } from "./parse-prompt.ts";
import { promptHash } from "./prompt-hash.ts";
import type { Place } from "./reader.ts";
import { cutLastAssistantTurn, parseTranscript } from "./transcript.ts";
import type { Message } from "./types.ts";

export type PromptsRead = BadRows & {
  /** Distinct prompts, in the order in which they appear. */
  prompts: { promptHash: string; prompt: Message[] }[];
  /** Rows read, bad ones included. */
  rows: number;
};

/**
 * Reads prompts: rows with a `prompt` (text, an HH transcript, or messages), whatever else they hold; rows of `messages`;
 * HH pairs, whose prompt stands before the last turn; or lines of JSON text.
 * @throws InputError: a file that can't be read, the first bad row (unless `skipBad`), no usable row at all
 */
export async function readPrompts(
  files: readonly string[],
  options: Omit<ReadOptions, "format"> = {},
): Promise<PromptsRead> {
  const read: PromptsRead = { prompts: [], rows: 0, bad: [], badRows: 0 };
  const seen = new Set<string>();
  for (const file of files) {
    const rows = readRows(file, { ...(options.signal && { signal: options.signal }) });
    const counts = await eachRow(rows, options, read, (value, line) => {
      const prompt = promptOf(value, { file, line });
      const hash = promptHash(prompt);
      if (seen.has(hash)) return;
      seen.add(hash);
      read.prompts.push({ promptHash: hash, prompt });
    });
    read.rows += counts.rows;
    if (counts.usable === 0) throw noUsableRow(file, counts.firstBad);
  }
  return read;
}

function promptOf(row: unknown, place: Place): Message[] {
  if (typeof row === "string") return parsePrompt(row, place);
  const fields = (typeof row === "object" && row !== null ? row : {}) as Record<string, unknown>;
  if ("prompt" in fields) return parsePrompt(fields.prompt, place);
  if ("messages" in fields) {
    const messages = parsePrompt(fields.messages, place);
    const last = messages.at(-1)!;
    return last.role === "assistant" && messages.length > 1 ? messages.slice(0, -1) : messages;
  }
  const cut = typeof fields.chosen === "string" ? cutLastAssistantTurn(fields.chosen) : undefined;
  if (cut !== undefined) return parseTranscript(cut.before);
  throw new InputError({
    problem: "this row holds no prompt",
    ...place,
    found: Object.keys(fields).length === 0 ? show(row) : `columns ${Object.keys(fields).join(", ")}`,
    expected: "a field prompt (text or messages), or messages, or an HH dialogue in chosen",
  });
}

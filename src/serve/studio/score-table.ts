/**
 * `scores.jsonl` of a best-of-k run as columns, with the place of every row in the file, so that texts are read when they
 * are looked at.
 * @module
 */
import { open } from "node:fs/promises";
import { z } from "zod";
import { readBytes } from "../../io/bytes.ts";
import { InputError } from "../../io/errors.ts";
import { splitLines } from "../../io/lines.ts";

const message = z.object({ role: z.string(), content: z.string() });
const rowSchema = z.looseObject({
  prompt: z.union([z.string(), z.array(message).min(1)]),
  promptHash: z.string(),
  id: z.string(),
  response: z.string(),
  chosen: z.boolean(),
});

export type ScoreRow = z.output<typeof rowSchema>;
export type PromptMessage = z.output<typeof message>;

/** Rows of one prompt stand together: `starts[i]` to `starts[i + 1]`. */
export type ScoreTable = {
  /** Index of each prompt's first row; one more than prompts. */
  starts: Int32Array;
  /** Which candidate of its prompt the run chose. */
  chosen: Int32Array;
  promptHashes: string[];
  /** One line for each prompt. */
  labels: string[];
  /** One number a row, by value. */
  rewards: Map<string, Float64Array>;
  /** NaN where a row has none; values of which no row has any are absent. */
  truth: Map<string, Float64Array>;
  /** Byte at which each row begins, and one past the last. */
  offsets: Float64Array;
};

const utf8 = new TextDecoder();
const LABEL_LENGTH = 160;
/** A response of 1 MB is fine. */
const MAX_LINE = 64 * 2 ** 20;

/**
 * @param values whose raw rewards are columns
 * @param onPrompt told each prompt as it comes, for what depends on its messages
 * @throws InputError with file and line where a row is not one that `align best-of-k` writes
 */
export async function readScoreTable(
  file: string,
  values: readonly string[],
  onPrompt: (promptHash: string, messages: readonly PromptMessage[]) => void,
): Promise<ScoreTable> {
  const rewards = values.map((): number[] => []);
  const truth = values.map((): number[] => []);
  const [starts, chosen, offsets, labels, promptHashes] = [[], [], [], [], []] as [
    number[],
    number[],
    number[],
    string[],
    string[],
  ];
  let at = 0;
  let rows = 0;
  for await (const lines of splitLines(readBytes(file, false, undefined), MAX_LINE)) {
    for (const line of lines) {
      const length = "bytes" in line ? line.bytes.length : line.tooLong;
      const begins = at;
      at += length + 1;
      if (length === 0) continue;
      const row = parseScoreRow(file, line.line, "bytes" in line ? utf8.decode(line.bytes) : undefined);
      if (row.promptHash !== promptHashes.at(-1)) {
        const messages = messagesOf(row);
        starts.push(rows);
        chosen.push(0);
        promptHashes.push(row.promptHash);
        labels.push(oneLine(messages.findLast(({ role }) => role === "user")?.content ?? ""));
        onPrompt(row.promptHash, messages);
      }
      if (row.chosen) chosen[chosen.length - 1] = rows - starts.at(-1)!;
      values.forEach((value, v) => {
        rewards[v]!.push(reward(row[value], file, line.line, value));
        const share = row[`truth.${value}`];
        truth[v]!.push(typeof share === "number" ? share : Number.NaN);
      });
      offsets.push(begins);
      rows += 1;
    }
  }
  const columns = (of: number[][]) => values.map((value, v) => [value, Float64Array.from(of[v]!)] as const);
  return {
    starts: Int32Array.from([...starts, rows]),
    chosen: Int32Array.from(chosen),
    promptHashes,
    labels,
    rewards: new Map(columns(rewards)),
    truth: new Map(columns(truth).filter(([, column]) => column.some((share) => !Number.isNaN(share)))),
    offsets: Float64Array.from([...offsets, at]),
  };
}

/** The rows `from` to `to` (exclusive), read again from the file. */
export async function readScoreRows(
  file: string,
  { offsets }: ScoreTable,
  from: number,
  to: number,
): Promise<ScoreRow[]> {
  const handle = await open(file, "r");
  try {
    const [begin, end] = [offsets[from]!, offsets[to]!];
    const bytes = Buffer.alloc(end - begin);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, begin);
    const lines = bytes.toString("utf8", 0, bytesRead).split("\n");
    return lines
      .filter((line) => line.trim() !== "")
      .map((line, i) => parseScoreRow(file, from + i + 1, line));
  } finally {
    await handle.close();
  }
}

const oneLine = (text: string): string =>
  text
    .slice(0, 4 * LABEL_LENGTH)
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, LABEL_LENGTH);

/** A prompt of one user turn is written as text. */
export const messagesOf = ({ prompt }: ScoreRow): PromptMessage[] =>
  typeof prompt === "string" ? [{ role: "user", content: prompt }] : prompt;

function parseScoreRow(file: string, line: number, text: string | undefined): ScoreRow {
  if (text === undefined) throw new InputError({ problem: "the line is too long", file, line });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InputError({ problem: "not JSON", file, line }, { cause });
  }
  const parsed = rowSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join(".");
  throw new InputError({
    problem: 'not a row of "align best-of-k"',
    file,
    line,
    ...(field !== undefined && { field }),
    fix: "Make the run again",
  });
}

function reward(found: unknown, file: string, line: number, field: string): number {
  if (typeof found === "number" && Number.isFinite(found)) return found;
  throw new InputError({ problem: "a reward is missing", file, line, field, expected: "a finite number" });
}

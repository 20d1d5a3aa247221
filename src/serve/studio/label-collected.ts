import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { InputError, show } from "../../io/errors.ts";
import { systemFault } from "../../io/system-fault.ts";
import {
  type Judgement,
  logLineSchema,
  type PlannedQuestion,
  plannedQuestionSchema,
} from "../../rewards/collection/question.ts";
import { roundSchema } from "../../rewards/collection/round-record.ts";
import type { RoundRecord } from "../../rewards/index.ts";

/** What a collection has, see src/rewards/collection/store.ts. */
export type Collected = {
  questions: PlannedQuestion[];
  rounds: RoundRecord[];
  answers: ReadonlyMap<string, Judgement>;
};

/**
 * Reads a collection's folder and changes nothing in it, so that looking at one that the command is working on does it no
 * harm.
 *
 * @throws InputError where a file is damaged or can't be read
 */
export async function readCollected(folder: string): Promise<Collected> {
  const questions = await readLines(join(folder, "questions.jsonl"), plannedQuestionSchema);
  const rounds = await readLines(join(folder, "rounds.jsonl"), roundSchema);
  const file = join(folder, "judgements.jsonl");
  const state = await readIfThere(`${file}.state`);
  // what was appended after the last record does not count, and is cut off by whoever writes next
  const bytes =
    state === undefined ? 0 : z.object({ bytes: z.int() }).parse(JSON.parse(state.toString())).bytes;
  const answers = new Map<string, Judgement>();
  for (const { question, judgement } of await readLines(file, logLineSchema, bytes)) {
    answers.delete(question);
    if (judgement !== "undo") answers.set(question, judgement);
  }
  return { questions, rounds, answers };
}

/** @param bytes of the file that count; all of them where absent */
async function readLines<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
  bytes?: number,
): Promise<z.output<Schema>[]> {
  const content = (await readIfThere(file))?.subarray(0, bytes).toString() ?? "";
  return content
    .split("\n")
    .slice(0, -1)
    .map((text, i) => {
      const parsed = schema.safeParse(jsonOf(text));
      if (parsed.success) return parsed.data;
      throw new InputError({
        problem: "this line was changed, or written by another version",
        file,
        line: i + 1,
        found: show(text.slice(0, 200)),
        fix: "Put the file back as it was",
      });
    });
}

/** A file of ours that may not be there yet. */
async function readIfThere(file: string): Promise<Buffer | undefined> {
  return readFile(file).catch((error: unknown) => {
    if (error instanceof Error && Reflect.get(error, "code") === "ENOENT") return undefined;
    throw systemFault(error, file, "read");
  });
}

/** The JSON of a line; undefined, which no schema takes, where it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * What a collection keeps in its folder, whoever asks the questions:
 *
 * - `questions.jsonl`: what was chosen to be asked, a round at a time;
 * - `judgements.jsonl` (and `.state`): every answer and every answer taken back, appended and synced as it is given. This
 *   is the record; what follows is made from it;
 * - `preferences.jsonl`: the answers that prefer one response, as pairs (TRL's conversational form);
 * - `rounds.jsonl`: what each round taught.
 *
 * @module
 */
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { InputError, show } from "../../io/errors.ts";
import { type FolderLock, lockFolder } from "../../io/folder-lock.ts";
import { type Journal, openJournal } from "../../io/journal.ts";
import { readRows } from "../../io/rows.ts";
import { systemFault } from "../../io/system-fault.ts";
import { writeFileAtomic } from "../../io/write.ts";
import type { PreferencePair } from "../../preferences/index.ts";
import {
  type Judgement,
  type LogLine,
  logLineSchema,
  type PlannedQuestion,
  plannedQuestionSchema,
} from "./question.ts";
import { type RoundRecord, roundSchema } from "./round-record.ts";

export const PREFERENCES = "preferences.jsonl";
const QUESTIONS = "questions.jsonl";
const JUDGEMENTS = "judgements.jsonl";
const ROUNDS = "rounds.jsonl";

/** A pair that came from a question. */
export type CollectedPair = PreferencePair & Pick<PlannedQuestion, "part" | "by" | "round">;

type PairOf = (question: PlannedQuestion, winner: "a" | "b") => CollectedPair;

export class CollectionStore {
  readonly folder: string;
  readonly questions: PlannedQuestion[];
  readonly rounds: RoundRecord[];
  /** The answer that each question has, in the order in which they were given. */
  readonly answers: Map<string, Judgement>;
  readonly #journal: Journal<{ lines: number }>;
  /** Where it is ours to let go of. */
  readonly #lock: FolderLock | undefined;
  readonly #pairOf: PairOf;
  #preferences: FileHandle | undefined;

  private constructor(parts: {
    folder: string;
    questions: PlannedQuestion[];
    rounds: RoundRecord[];
    answers: Map<string, Judgement>;
    journal: Journal<{ lines: number }>;
    lock: FolderLock | undefined;
    pairOf: PairOf;
  }) {
    this.folder = parts.folder;
    this.questions = parts.questions;
    this.rounds = parts.rounds;
    this.answers = parts.answers;
    this.#journal = parts.journal;
    this.#lock = parts.lock;
    this.#pairOf = parts.pairOf;
  }

  /**
   * Opens a folder, going on with what a killed run left there.
   *
   * @param identity names the collection: a folder of another one is refused
   * @param options.pairOf puts the texts to a question that was answered
   * @param options.lock the folder's, where the caller holds it; else it is taken until `close`
   * @throws InputError where the folder belongs to another collection, is damaged, can't be written, or another process
   *   writes to it
   */
  static async open(
    folder: string,
    identity: string,
    { pairOf, lock: held }: { pairOf: PairOf; lock?: FolderLock },
  ): Promise<CollectionStore> {
    const lock = held === undefined ? await lockFolder(folder, { who: "allgood" }) : undefined;
    let journal: Journal<{ lines: number }> | undefined;
    try {
      const questions = await readLines(join(folder, QUESTIONS), plannedQuestionSchema);
      const rounds = await readLines(join(folder, ROUNDS), roundSchema);
      journal = await openJournal(join(folder, JUDGEMENTS), identity, { lines: 0 });
      const answers = replay(await readLines(journal.file, logLineSchema));
      const store = new CollectionStore({ folder, questions, rounds, answers, journal, lock, pairOf });
      await store.#rewritePreferences();
      return store;
    } catch (error) {
      await journal?.close();
      await lock?.release();
      throw error;
    }
  }

  /** The pairs so far, in the order of the answers. */
  pairs(): CollectedPair[] {
    const byId = new Map(this.questions.map((question) => [question.question, question]));
    return [...this.answers].flatMap(([id, judgement]) =>
      judgement === "a" || judgement === "b" ? [this.#pairOf(byId.get(id)!, judgement)] : [],
    );
  }

  async addQuestions(questions: readonly PlannedQuestion[]): Promise<void> {
    await writeLines(join(this.folder, QUESTIONS), [...this.questions, ...questions]);
    this.questions.push(...questions);
  }

  /** Keeps an answer: it is on the disk when the promise resolves. */
  async judge(question: PlannedQuestion, judgement: Judgement): Promise<void> {
    await this.#log({ question: question.question, judgement });
    this.answers.set(question.question, judgement);
    if (judgement !== "a" && judgement !== "b") return;
    await this.#guarded(() =>
      this.#preferences!.appendFile(`${JSON.stringify(pairRow(this.#pairOf(question, judgement)))}\n`),
    );
  }

  /** Takes an answer back. */
  async undo(question: PlannedQuestion): Promise<void> {
    await this.#log({ question: question.question, judgement: "undo" });
    this.answers.delete(question.question);
    await this.#rewritePreferences();
  }

  async addRound(round: RoundRecord): Promise<void> {
    await writeLines(join(this.folder, ROUNDS), [...this.rounds, round]);
    this.rounds.push(round);
  }

  async close(): Promise<void> {
    await this.#journal.close();
    await this.#preferences?.close();
    this.#preferences = undefined;
    await this.#lock?.release();
  }

  async #log(line: LogLine): Promise<void> {
    await this.#journal.append(`${JSON.stringify(line)}\n`, { lines: this.#journal.state.lines + 1 });
  }

  async #rewritePreferences(): Promise<void> {
    await this.#preferences?.close();
    const path = join(this.folder, PREFERENCES);
    await writeLines(path, this.pairs().map(pairRow));
    this.#preferences = await this.#guarded(() => open(path, "a"));
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw systemFault(error, join(this.folder, PREFERENCES), "write");
    }
  }
}

function replay(log: readonly LogLine[]): Map<string, Judgement> {
  const answers = new Map<string, Judgement>();
  for (const { question, judgement } of log) {
    if (judgement === "undo") answers.delete(question);
    else answers.set(question, judgement);
  }
  return answers;
}

/** Both sides as messages, as the prompt is: TRL's conversational form asks for that. */
const pairRow = ({ id, prompt, chosen, rejected, value, round, part, by }: CollectedPair) => ({
  id,
  prompt,
  chosen: [{ role: "assistant", content: chosen }],
  rejected: [{ role: "assistant", content: rejected }],
  value,
  round,
  part,
  by,
});

const writeLines = (path: string, rows: readonly object[]): Promise<void> =>
  writeFileAtomic(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));

/** The rows of one of our own files; none where it does not stand there yet or is empty. */
async function readLines<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema>[]> {
  const rows: z.output<Schema>[] = [];
  const size = await open(path, "r").then(
    async (handle) => {
      const found = await handle.stat();
      await handle.close();
      return found.size;
    },
    () => 0,
  );
  if (size === 0) return rows;
  for await (const row of readRows(path)) {
    if ("error" in row) throw row.error;
    const parsed = schema.safeParse(row.value);
    if (!parsed.success) {
      throw new InputError({
        problem: "this line was changed, or written by another version",
        file: path,
        line: row.line,
        field: parsed.error.issues[0]!.path.join("."),
        found: show(row.value),
        fix: "Put the file back as it was, or choose another --out",
      });
    }
    rows.push(parsed.data);
  }
  return rows;
}

/** A best-of-k run, read once and kept while its files stay the same. @module */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import {
  createObjective,
  type ObjectiveFile,
  parseObjectiveFile,
  type ReferenceSource,
  type ReferenceValue,
} from "../../objective/index.ts";
import type { Message } from "../../preferences/index.ts";
import { referenceAt } from "../../rewards/index.ts";
import { type Columns, packColumns } from "./columns.ts";
import { bestOfKSchema, readChecked } from "./run-file.ts";
import {
  messagesOf,
  type PromptMessage,
  readScoreRows,
  readScoreTable,
  type ScoreTable,
} from "./score-table.ts";
import { type BestOfKRun, type CutText, type PromptTexts, REFERENCE_SOURCES } from "./types.ts";

export type LoadedRun = {
  about: BestOfKRun<unknown>;
  objective: ObjectiveFile;
  table: ScoreTable;
  scores: string;
  /** See {@link packRun}. */
  packed: Uint8Array<ArrayBuffer>;
};

/** Reads `run.json` and `scores.jsonl`. @throws InputError */
async function loadBestOfK(folder: string, name: string): Promise<LoadedRun> {
  const run = await readChecked(join(folder, "run.json"), bestOfKSchema);
  const objective = createObjective(parseObjectiveFile(run.objective.file));
  const scores = join(folder, "scores.jsonl");
  const references = new References(objective.values, objective.file);
  const table = await readScoreTable(scores, objective.values, (hash, messages) =>
    references.add(hash, messages),
  );
  return {
    about: {
      name,
      goal: objective.file.goal,
      gamma: run.options.gamma ?? null,
      seed: run.options.seed,
      objectiveHash: run.objective.hash,
      values: objective.values.map((value) => settingsOf(value, objective.file)),
      evaluation: run.evaluation,
    },
    objective: objective.file,
    table,
    scores,
    packed: packRun(table, references),
  };
}

function settingsOf(name: string, file: ObjectiveFile) {
  const { temperature, reference } = file.values[name]!;
  const { kind, q, otherwise } = reference;
  return { name, temperature, reference: { kind, ...(q !== undefined && { q }), otherwise } };
}

/** r_ref(x) of every prompt, by value, as the command itself resolves them. */
class References {
  readonly values: {
    name: string;
    file: ObjectiveFile["values"][string];
    found: ReferenceValue[];
    from: number[];
  }[];

  constructor(values: readonly string[], file: ObjectiveFile) {
    this.values = values.map((name) => ({ name, file: file.values[name]!, found: [], from: [] }));
  }

  add(promptHash: string, messages: readonly PromptMessage[]): void {
    for (const { file, found, from } of this.values) {
      const resolved = referenceAt(file.reference, messages.map(asMessage), promptHash);
      found.push(resolved.value);
      from.push(sourceIndex(resolved.from));
    }
  }
}

const sourceIndex = (source: ReferenceSource): number => REFERENCE_SOURCES.indexOf(source);

const role = z.enum(["system", "user", "assistant"]);
const asMessage = ({ role: who, content }: PromptMessage): Message => ({ role: role.parse(who), content });

/**
 * Columns by name: `starts`, `chosen`; `r:value`, `truth:value` one a row; `ref:value` with `refStarts:value` where a prompt
 * has a list of references, `from:value` one a prompt; `labels` as UTF-8, one line a prompt.
 */
function packRun(table: ScoreTable, references: References): Uint8Array<ArrayBuffer> {
  const columns: Record<string, Columns[string]> = { starts: table.starts, chosen: table.chosen };
  for (const [value, column] of table.rewards) columns[`r:${value}`] = column;
  for (const [value, column] of table.truth) columns[`truth:${value}`] = column;
  for (const { name, found, from } of references.values) {
    columns[`ref:${name}`] = Float64Array.from(found.flat());
    let at = 0;
    const starts = found.map((each) => {
      at += Array.isArray(each) ? each.length : 1;
      return at;
    });
    if (found.some(Array.isArray)) columns[`refStarts:${name}`] = Int32Array.from([0, ...starts]);
    columns[`from:${name}`] = Uint8Array.from(from);
  }
  columns.labels = new TextEncoder().encode(table.labels.join("\n"));
  return packColumns(columns);
}

/** @param most characters of each text */
export async function promptTexts(
  { scores, table }: LoadedRun,
  prompt: number,
  most: number,
): Promise<PromptTexts> {
  const rows = await readScoreRows(scores, table, table.starts[prompt]!, table.starts[prompt + 1]!);
  const first = rows[0]!;
  return {
    promptHash: first.promptHash,
    prompt: messagesOf(first).map(({ role, content }) => ({ role, text: cut(content, most) })),
    candidates: rows.map(({ id, response }) => ({ id, response: cut(response, most) })),
  };
}

const cut = (text: string, most: number): CutText => ({
  text: text.slice(0, most),
  left: Math.max(0, text.length - most),
});

/**
 * Which prompts hold a text, in what was asked or in any response; case does not matter.
 * @param signal aborts a search that nobody waits for
 */
export async function searchPrompts(
  { scores, table }: LoadedRun,
  text: string,
  signal: AbortSignal,
): Promise<number[]> {
  const wanted = text.toLowerCase();
  const found: number[] = [];
  const prompts = table.starts.length - 1;
  const together = 500;
  for (let from = 0; from < prompts; from += together) {
    signal.throwIfAborted();
    const to = Math.min(from + together, prompts);
    const first = table.starts[from]!;
    const rows = await readScoreRows(scores, table, first, table.starts[to]!);
    for (let prompt = from; prompt < to; prompt++) {
      const own = rows.slice(table.starts[prompt]! - first, table.starts[prompt + 1]! - first);
      const texts = own.map(({ response }) => response);
      if (own[0] !== undefined) texts.push(...messagesOf(own[0]).map(({ content }) => content));
      if (texts.some((each) => each.toLowerCase().includes(wanted))) found.push(prompt);
    }
  }
  return found;
}

/** Runs that were read, by folder: the last few, read again when a file has changed. */
export class RunCache {
  readonly #kept = new Map<string, { stamp: string; run: Promise<LoadedRun> }>();
  readonly #most = 3;

  async get(folder: string, name: string): Promise<{ run: LoadedRun; stamp: string }> {
    const stamp = await stampOf([join(folder, "run.json"), join(folder, "scores.jsonl")]);
    const kept = this.#kept.get(folder);
    if (kept?.stamp === stamp) return { run: await kept.run, stamp };
    const run = loadBestOfK(folder, name);
    this.#kept.delete(folder);
    this.#kept.set(folder, { stamp, run });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#most && oldest !== undefined) this.#kept.delete(oldest);
    // what failed is tried again
    run.catch(() => this.#kept.delete(folder));
    return { run: await run, stamp };
  }
}

async function stampOf(files: readonly string[]): Promise<string> {
  const stats = await Promise.all(files.map((file) => stat(file).catch(() => undefined)));
  return stats
    .map((found) => (found === undefined ? "-" : `${found.mtimeMs.toString(36)}.${found.size.toString(36)}`))
    .join("_");
}

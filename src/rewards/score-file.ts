import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { refuseSpecialFile } from "../io/atomic-file.ts";
import { InputError, UsageError } from "../io/errors.ts";
import { finishRows } from "../io/finish-rows.ts";
import { openJournal } from "../io/journal.ts";
import { rowEnding } from "../io/write.ts";
import { type CandidateRow, type Message, openCandidateRows } from "../preferences/index.ts";
import type { RewardModel } from "./reward-model.ts";

export type ScoreFileOptions = {
  /** Prompts with responses, in any format that `readCandidates` reads. */
  data: string;
  /** `.jsonl`, `.csv` or `.parquet`; one row a response: the input's columns and one a model, named by its value. */
  out: string;
  models: readonly RewardModel[];
  /** Names the models' content, so that a resumed run scores with the same ones. */
  modelsId: string;
  format?: string;
  skipBad?: boolean;
  signal?: AbortSignal;
  /** Called after each batch with the rows read so far. */
  onProgress?: (rows: number) => void;
};

export type ScoreFileResult = {
  /** Responses scored. */
  scored: number;
  /** Bad rows skipped. */
  bad: number;
  /** Input rows that an earlier, interrupted run had done. */
  resumed: number;
};

/** Input rows scored and recorded at a time. */
const BATCH = 256;

type State = { rows: number; scored: number; bad: number };

/**
 * Scores a file of any size: streams it in batches, each recorded once it is scored, so that a run killed at any moment
 * goes on where it stopped and ends with the same bytes. The output appears under its name when it is whole.
 *
 * @throws InputError for unreadable input, the first bad row (unless `skipBad`), a column that a model's would overwrite,
 * or a full disk; UsageError for an `out` that no rows are written to, or that is the input; the abort reason if `signal` fires
 */
export async function scoreFile(options: ScoreFileOptions): Promise<ScoreFileResult> {
  rowEnding(options.out);
  if (resolve(options.out) === resolve(options.data))
    throw new UsageError(
      `${options.out} is the data itself, which the scores would overwrite: choose another --out`,
    );
  await refuseSpecialFile(options.out);
  const journal = await openJournal<State>(`${options.out}.partial.jsonl`, await identify(options), {
    rows: 0,
    scored: 0,
    bad: 0,
  });
  const resumed = journal.state.rows;
  try {
    for await (const batch of batches(options, resumed)) {
      options.signal?.throwIfAborted();
      const good = batch.filter((row): row is CandidateRow => !("error" in row));
      const lines = await scoreRows(good, options);
      const { rows, scored, bad } = journal.state;
      const state = {
        rows: rows + batch.length,
        scored: scored + lines.length,
        bad: bad + batch.length - good.length,
      };
      await journal.append(lines.map((line) => `${JSON.stringify(line)}\n`).join(""), state);
      options.onProgress?.(state.rows);
    }
  } catch (error) {
    // what is recorded stays for the next run; nothing recorded is nothing to keep
    await (journal.state.rows === 0 ? journal.remove() : journal.close());
    throw error;
  }
  const { scored, bad } = journal.state;
  if (scored === 0) {
    await journal.remove();
    throw new InputError({ problem: "every row of this file is bad", file: options.data });
  }
  await finishRows(journal.file, options.out);
  await journal.remove();
  return { scored, bad, resumed };
}

type BatchRow = CandidateRow | { error: InputError };

/** The rows after the first `skip`, a batch at a time. */
async function* batches(options: ScoreFileOptions, skip: number): AsyncGenerator<BatchRow[]> {
  const { data, format, signal, skipBad } = options;
  const rows = openCandidateRows(data, { ...(format && { format }), ...(signal && { signal }) });
  let batch: BatchRow[] = [];
  let at = 0;
  for await (const row of rows) {
    if (at++ < skip) continue;
    if ("error" in row && !skipBad) throw row.error;
    batch.push(row);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function scoreRows(
  rows: CandidateRow[],
  options: ScoreFileOptions,
): Promise<Record<string, unknown>[]> {
  const flat = rows.flatMap(({ prompt, candidates, columns, place }) =>
    candidates.map((candidate) => ({
      prompt,
      place,
      response: candidate.response,
      columns: columns ?? expand(prompt, candidate),
    })),
  );
  const scores = await Promise.all(
    options.models.map((model) => model.score(flat, { ...(options.signal && { signal: options.signal }) })),
  );
  return flat.map(({ columns, place }, i) => {
    const line: Record<string, unknown> = { ...columns };
    options.models.forEach(({ value }, m) => {
      if (Object.hasOwn(columns, value)) {
        throw new InputError({
          problem: `the file already has a column "${value}", which the scores would overwrite`,
          ...place,
          field: value,
          fix: "Rename that column",
        });
      }
      line[value] = scores[m]![i]!;
    });
    return line;
  });
}

/** Columns of a response that came in a list with others. */
function expand(prompt: Message[], { response, id, truth, rewards }: CandidateRow["candidates"][number]) {
  const single = prompt.length === 1 && prompt[0]!.role === "user" ? prompt[0]!.content : prompt;
  return {
    prompt: single,
    ...(id !== undefined && { id }),
    response,
    ...rewards,
    ...Object.fromEntries(Object.entries(truth ?? {}).map(([name, value]) => [`truth.${name}`, value])),
  };
}

/** Same input, same models, same options. */
async function identify({ data, out, modelsId, format, skipBad }: ScoreFileOptions): Promise<string> {
  const found = await stat(data).catch(() => undefined);
  const parts = [data, found?.size, found?.mtimeMs, out, modelsId, format, skipBad];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/**
 * Rows of raw scores, put together by prompt, for an audit. Nothing here needs Node.
 * @module
 */
import { InputError, show, UsageError } from "../io/errors.ts";
import type { Row } from "../io/row.ts";
import { nearest } from "../objective/index.ts";
import { parsePrompt } from "../preferences/parse-prompt.ts";
import { promptHashes } from "../preferences/prompt-hashes.ts";
import { type Cells, candidateRows, cellOf, columnNames, isObject, kindOf, toNumber } from "./audit-cells.ts";
import type { ScoreTable } from "./score-table.ts";
import { LARGEST_REWARD } from "./scored-set.ts";

export type ReadScoresOptions = {
  /** Raw reward columns, at least one. */
  columns: readonly string[];
  /** `prompt` where absent. */
  promptColumn?: string;
  /** `response` where absent, if the file has it. */
  responseColumn?: string;
  /** Leave bad rows out and count them, instead of stopping at the first. */
  skipBad?: boolean;
  signal?: AbortSignal;
};

type Place = { file: string; line: number };

/** One candidate's row, or why it can't be used and under what reason that is counted. */
class BadRow {
  constructor(
    readonly reason: string,
    readonly error: InputError,
  ) {}
}

/**
 * A column is a field of the row, of its `rewards` object, or a dotted path. A row with a list of `candidates` stands
 * for one row each.
 *
 * @param file its name, for messages
 * @throws InputError for the first bad row (NaN, ±Infinity, empty or not a number, no prompt) unless `skipBad`; for a
 * file without usable rows; UsageError for a column that no row has, with the nearest name
 */
export async function collectScores(
  file: string,
  rows: AsyncIterable<Row>,
  options: ReadScoresOptions,
): Promise<ScoreTable> {
  const collector = new Collector(file, options);
  for await (const row of rows) {
    const place = { file, line: row.line };
    if ("error" in row) collector.refuse(new BadRow("unreadable row", row.error), row.line);
    else for (const cells of candidateRows(row.value)) collector.add(cells, place);
    if (collector.waiting >= BATCH) await collector.group();
  }
  await collector.group();
  return collector.table();
}

/** Rows whose prompts are hashed together. */
const BATCH = 1000;

class Collector {
  private readonly groups = new Map<string, { prompt: ReturnType<typeof parsePrompt>; rows: Kept[] }>();
  private readonly bad = new Map<string, { reason: string; count: number; firstLine: number }>();
  private readonly promptColumn: string;
  private readonly responseColumn: string;
  private hasResponses: boolean;
  /** Columns that some row had. */
  private readonly present = new Set<string>();
  /** Columns of the first row. */
  private names: string[] | undefined;
  private read = 0;
  private readonly ungrouped: Kept[] = [];

  constructor(
    private readonly file: string,
    private readonly options: ReadScoresOptions,
  ) {
    if (options.columns.length === 0) throw new UsageError("name at least one reward column");
    const twice = options.columns.find((name, i) => options.columns.indexOf(name) !== i);
    if (twice !== undefined) throw new UsageError(`column ${show(twice)} is named twice`);
    this.promptColumn = options.promptColumn ?? "prompt";
    this.responseColumn = options.responseColumn ?? "response";
    this.hasResponses = options.responseColumn !== undefined;
  }

  add(cells: unknown, place: Place): void {
    const row = isObject(cells) ? this.parse(cells, place) : notAnObject(place);
    if (row instanceof BadRow) {
      this.refuse(row, place.line);
      return;
    }
    this.read += 1;
    this.ungrouped.push(row);
  }

  /** Rows that were read and not put to their prompt yet. */
  get waiting(): number {
    return this.ungrouped.length;
  }

  async group(): Promise<void> {
    const rows = this.ungrouped.splice(0);
    const hashes = await promptHashes(rows.map(({ prompt }) => prompt));
    rows.forEach((row, i) => {
      const group = this.groups.get(hashes[i]!) ?? { prompt: row.prompt, rows: [] };
      this.groups.set(hashes[i]!, group);
      group.rows.push(row);
    });
  }

  refuse(row: BadRow, line: number): void {
    if (!this.options.skipBad) throw row.error;
    this.read += 1;
    const counted = this.bad.get(row.reason) ?? { reason: row.reason, count: 0, firstLine: line };
    counted.count += 1;
    this.bad.set(row.reason, counted);
  }

  private parse(cells: Cells, place: Place): Kept | BadRow {
    if (this.names === undefined) {
      this.names = columnNames(cells);
      this.hasResponses ||= cellOf(cells, this.responseColumn) !== undefined;
    }
    this.notePresent(cells);
    const rewards: number[] = [];
    for (const column of this.options.columns) {
      const reward = parseReward(cellOf(cells, column), column, place);
      if (reward instanceof BadRow) return reward;
      rewards.push(reward);
    }
    const response = this.hasResponses ? cellOf(cells, this.responseColumn) : "";
    if (typeof response !== "string") return unusable(this.responseColumn, response, "text", place);
    try {
      return {
        line: place.line,
        prompt: parsePrompt(cellOf(cells, this.promptColumn), place),
        response,
        rewards,
      };
    } catch (error) {
      if (error instanceof InputError) return new BadRow(`${this.promptColumn}: no prompt`, error);
      throw error;
    }
  }

  /** A row may leave out a cell that is empty; a column that no row has is a wrong name. */
  private notePresent(cells: Cells): void {
    for (const name of this.needed()) {
      if (cellOf(cells, name) !== undefined) this.present.add(name);
      else if (!this.options.skipBad && !this.present.has(name)) throw this.unknown(name);
    }
  }

  private needed(): string[] {
    return [
      this.promptColumn,
      ...this.options.columns,
      ...(this.options.responseColumn === undefined ? [] : [this.responseColumn]),
    ];
  }

  private unknown(name: string): UsageError {
    const names = this.names ?? [];
    const near = nearest(name, names);
    const hint = near === undefined ? "" : `; did you mean ${show(near)}?`;
    return new UsageError(
      `${this.file} has no column ${show(name)}${hint} (its columns: ${names.map(show).join(", ")})`,
    );
  }

  table(): ScoreTable {
    const unknown = this.needed().find((name) => !this.present.has(name));
    if (unknown !== undefined && this.names !== undefined) throw this.unknown(unknown);
    if (this.groups.size === 0) {
      const why = [...this.bad.values()].map(({ reason, count }) => `${count} × ${reason}`).join(", ");
      throw new InputError({ problem: "no usable row", file: this.file, ...(why && { found: why }) });
    }
    const { columns } = this.options;
    return {
      columns: columns.map((name) => name.replace(/^rewards\./, "")),
      hasResponses: this.hasResponses,
      groups: [...this.groups].map(([hash, { prompt, rows }]) => ({
        promptHash: hash,
        prompt,
        lines: rows.map(({ line }) => line),
        responses: rows.map(({ response }) => response),
        rewards: columns.map((_, v) => Float64Array.from(rows, ({ rewards }) => rewards[v]!)),
      })),
      read: this.read,
      bad: [...this.bad.values()],
    };
  }
}

function notAnObject(place: Place): BadRow {
  return new BadRow("not an object", new InputError({ problem: "a row is not an object", ...place }));
}

type Kept = { line: number; prompt: ReturnType<typeof parsePrompt>; response: string; rewards: number[] };

function parseReward(cell: unknown, column: string, place: Place): number | BadRow {
  const reward = typeof cell === "string" && cell.trim() !== "" ? toNumber(cell) : cell;
  if (typeof reward === "number" && Math.abs(reward) <= LARGEST_REWARD) return reward;
  const found = kindOf(reward);
  return unusable(column, cell, `a number within ±${LARGEST_REWARD}`, place, found);
}

function unusable(column: string, cell: unknown, expected: string, place: Place, found = "not text"): BadRow {
  return new BadRow(
    `${column}: ${found}`,
    new InputError({
      problem: found === "empty" ? "a cell is empty" : "a cell can't be used",
      ...place,
      field: column,
      found: show(cell),
      expected,
      fix: "Mend it, or leave such rows out with --skip-bad.",
    }),
  );
}

/**
 * Reads a file of raw scores for an audit, whatever its format.
 * @module
 */
import { InputError, show, UsageError } from "../io/errors.ts";
import { readRows } from "../io/rows.ts";
import { nearest } from "../objective/index.ts";
import { parsePrompt, promptHash } from "../preferences/index.ts";
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

type Cells = Record<string, unknown>;
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
 * @throws InputError for the first bad row (NaN, ±Infinity, empty or not a number, no prompt) unless `skipBad`; for a
 * file without usable rows; UsageError for a column that no row has, with the nearest name
 */
export async function readScores(file: string, options: ReadScoresOptions): Promise<ScoreTable> {
  const collector = new Collector(file, options);
  for await (const row of readRows(file, options.signal ? { signal: options.signal } : {})) {
    const place = { file, line: row.line };
    if ("error" in row) collector.refuse(new BadRow("unreadable row", row.error), row.line);
    else for (const cells of candidateRows(row.value)) collector.add(cells, place);
  }
  return collector.table();
}

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
    const hash = promptHash(row.prompt);
    const group = this.groups.get(hash) ?? { prompt: row.prompt, rows: [] };
    this.groups.set(hash, group);
    group.rows.push(row);
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

/** `1.5`, and NaN or Infinity as the usual programs write them; the text itself if it is no number. */
function toNumber(text: string): number | string {
  const special = /^\s*([-+]?)(nan|inf|infinity)\s*$/i.exec(text);
  if (special) return /nan/i.test(special[2]!) ? Number.NaN : Number(`${special[1]}Infinity`);
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

function kindOf(reward: unknown): string {
  if (reward === undefined || reward === null || (typeof reward === "string" && reward.trim() === ""))
    return "empty";
  if (typeof reward !== "number") return "not a number";
  return Number.isFinite(reward) ? "too large" : String(reward);
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

/** Rows of one row: itself, or one for each of its list of candidates. */
function candidateRows(value: unknown): unknown[] {
  if (!isObject(value) || !Array.isArray(value.candidates)) return [value];
  const { candidates, ...shared } = value;
  return candidates.map((candidate: unknown) =>
    isObject(candidate) ? { ...shared, ...candidate } : candidate,
  );
}

function isObject(value: unknown): value is Cells {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function cellOf(cells: Cells, name: string): unknown {
  if (Object.hasOwn(cells, name)) return cells[name];
  if (isObject(cells.rewards) && Object.hasOwn(cells.rewards, name)) return cells.rewards[name];
  const dot = name.indexOf(".");
  if (dot < 0) return undefined;
  const [head, rest] = [name.slice(0, dot), name.slice(dot + 1)];
  const inside = Object.hasOwn(cells, head) ? cells[head] : undefined;
  return isObject(inside) ? cellOf(inside, rest) : undefined;
}

/** Names of all cells, dotted where they stand in an object; `rewards.` is left out. */
function columnNames(cells: Cells): string[] {
  return Object.entries(cells).flatMap(([name, value]) => {
    if (!isObject(value)) return [name];
    const inside = columnNames(value);
    return name === "rewards" ? inside : inside.map((each) => `${name}.${each}`);
  });
}

/**
 * Columns that hold numbers and nothing else in the first rows of a file: what could be audited. Ids, line numbers,
 * true values and utilities are not rewards.
 *
 * @param rows how many rows to look at
 */
export async function numericColumns(file: string, rows = 100): Promise<string[]> {
  const numeric = new Map<string, boolean>();
  let seen = 0;
  for await (const row of readRows(file)) {
    if (!("value" in row)) continue;
    for (const cells of candidateRows(row.value).filter(isObject)) {
      for (const name of columnNames(cells)) {
        const kind = kindOfCell(cellOf(cells, name));
        if (kind !== "empty") numeric.set(name, kind === "number" && numeric.get(name) !== false);
      }
    }
    seen += 1;
    if (seen >= rows) break;
  }
  return [...numeric].filter(([name, is]) => is && !NO_REWARD.test(name)).map(([name]) => name);
}

const NO_REWARD = /^truth\.|^[up]$|(^|[_. ])(id|idx|index|line|row|rank|seed|step)$/i;

function kindOfCell(cell: unknown): "number" | "empty" | "other" {
  const value = typeof cell === "string" ? toNumber(cell) : cell;
  if (kindOf(cell) === "empty") return "empty";
  return typeof value === "number" ? "number" : "other";
}

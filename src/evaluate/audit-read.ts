/**
 * Reads a file of raw scores for an audit, whatever its format.
 * @module
 */
import { readRows } from "../io/rows.ts";
import { collectScores, type ReadScoresOptions } from "./audit-collect.ts";
import { columnsOf } from "./audit-names.ts";
import type { ScoreTable } from "./score-table.ts";

export type { ReadScoresOptions } from "./audit-collect.ts";

/** As `collectScores`, from a file on disk. @throws as it, and as `readRows` */
export function readScores(file: string, options: ReadScoresOptions): Promise<ScoreTable> {
  return collectScores(file, readRows(file, options.signal ? { signal: options.signal } : {}), options);
}

/** Columns of a file that could be audited; see `columnsOf`. */
export async function numericColumns(file: string): Promise<string[]> {
  return (await columnsOf(readRows(file))).numeric;
}

import { InputError, show, UsageError } from "../io/errors.ts";
import { numberOfText } from "../io/number-text.ts";
import { readRows } from "../io/rows.ts";

/**
 * The readers of candidates take a column of text for no reward, so that what wants one knows only that it is not there. This says
 * what stands there.
 *
 * @param columns of rewards
 * @param work fails with an InputError or a UsageError where a response has no reward in one of them
 * @throws InputError that quotes the first cell in them that is no number; where there is none, what `work` throws
 */
export async function quotingCell<T>(
  columns: readonly string[],
  files: readonly string[],
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof InputError || error instanceof UsageError)) throw error;
    throw (await firstBadCell(columns, files, signal)) ?? error;
  }
}

async function firstBadCell(
  columns: readonly string[],
  files: readonly string[],
  signal: AbortSignal,
): Promise<InputError | undefined> {
  if (columns.length === 0) return undefined;
  for (const file of files) {
    for await (const row of readRows(file, { signal })) {
      const cells = "value" in row && typeof row.value === "object" ? Object.entries(row.value ?? {}) : [];
      const bad = cells.find(([name, cell]) => columns.includes(name) && !isNumber(cell));
      if (bad !== undefined) return badCell(...bad, { file, line: row.line });
    }
  }
  return undefined;
}

const isNumber = (cell: unknown): boolean =>
  Number.isFinite(typeof cell === "string" ? numberOfText(cell) : cell);

function badCell(field: string, cell: unknown, place: { file: string; line: number }): InputError {
  const empty = cell === null || (typeof cell === "string" && cell.trim() === "");
  return new InputError({
    problem: `a cell of a reward column is ${empty ? "empty" : "no number"}`,
    ...place,
    field,
    found: show(cell),
    expected: "a finite number",
    fix: "Mend it, or take such rows out",
  });
}

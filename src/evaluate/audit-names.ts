import type { Row } from "../io/row.ts";
import { candidateRows, cellOf, columnNames, isObject, kindOf, toNumber } from "./audit-cells.ts";

export type ColumnNames = {
  /** Columns that hold numbers and nothing else: what could be audited. */
  numeric: string[];
  /** The others that some row has. */
  other: string[];
};

/**
 * The columns of the first rows. Ids, line numbers, true values and utilities are not rewards, so they are among the
 * others.
 *
 * @param count how many rows to look at
 */
export async function columnsOf(rows: AsyncIterable<Row>, count = 100): Promise<ColumnNames> {
  const numeric = new Map<string, boolean | undefined>();
  let seen = 0;
  for await (const row of rows) {
    if (!("value" in row)) continue;
    for (const cells of candidateRows(row.value).filter(isObject)) {
      for (const name of columnNames(cells)) {
        const kind = kindOfCell(cellOf(cells, name));
        const before = numeric.get(name);
        numeric.set(name, kind === "empty" ? before : kind === "number" && before !== false);
      }
    }
    seen += 1;
    if (seen >= count) break;
  }
  const isReward = ([name, is]: [string, boolean | undefined]) => is === true && !NO_REWARD.test(name);
  const all = [...numeric];
  return {
    numeric: all.filter(isReward).map(([name]) => name),
    other: all.filter((each) => !isReward(each)).map(([name]) => name),
  };
}

const NO_REWARD = /^truth\.|^[up]$|(^|[_. ])(id|idx|index|line|row|rank|seed|step)$/i;

function kindOfCell(cell: unknown): "number" | "empty" | "other" {
  const value = typeof cell === "string" ? toNumber(cell) : cell;
  if (kindOf(cell) === "empty") return "empty";
  return typeof value === "number" ? "number" : "other";
}

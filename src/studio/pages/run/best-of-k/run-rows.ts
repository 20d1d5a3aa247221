import type { ReferenceValue } from "../../../../objective/index.ts";
import { type Column, type Columns, unpackColumns } from "../../../../serve/studio/columns.ts";

/** All candidates of a run as columns. Rows of prompt i are `starts[i]` to `starts[i + 1]`. */
export type RunRows = {
  prompts: number;
  candidates: number;
  starts: Int32Array;
  /** Which candidate of each prompt the run chose. */
  chosen: Int32Array;
  /** Raw rewards by value, one a row. */
  rewards: ReadonlyMap<string, Float64Array>;
  /** True values in 0…1 where the data has them, one a row; NaN where it lacks one. */
  truth: ReadonlyMap<string, Float64Array>;
  /** r_ref(x) of each prompt by value, where every prompt has one number. */
  references: ReadonlyMap<string, Float64Array>;
  /** r_ref(x) of a prompt. */
  reference(value: string, prompt: number): ReferenceValue;
  /** Index in REFERENCE_SOURCES: where that came from. */
  referenceFrom(value: string, prompt: number): number;
};

/** Reads what `best-of-k/columns` answers; the columns are views of the buffer. */
export function readRunRows(buffer: ArrayBuffer): RunRows {
  const columns = unpackColumns(buffer);
  const starts = need(columns.starts, Int32Array);
  const named = (prefix: string) =>
    new Map(
      Object.entries(columns)
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, column]) => [name.slice(prefix.length), need(column, Float64Array)] as const),
    );
  const references = named("ref:");
  return {
    prompts: starts.length - 1,
    candidates: starts.at(-1) ?? 0,
    starts,
    chosen: need(columns.chosen, Int32Array),
    rewards: named("r:"),
    truth: named("truth:"),
    references: new Map([...references].filter(([value]) => columns[`refStarts:${value}`] === undefined)),
    reference: (value, prompt) => referenceAt(columns, references, value, prompt),
    referenceFrom: (value, prompt) => columns[`from:${value}`]?.[prompt] ?? 0,
  };
}

/** One line for each prompt. */
export function readLabels(buffer: ArrayBuffer): string[] {
  const { labels } = unpackColumns(buffer);
  return new TextDecoder().decode(need(labels, Uint8Array)).split("\n");
}

function referenceAt(
  columns: Columns,
  references: ReadonlyMap<string, Float64Array>,
  value: string,
  prompt: number,
): ReferenceValue {
  const all = references.get(value);
  const starts = columns[`refStarts:${value}`];
  if (all === undefined) throw new RangeError(`no reference for "${value}"`);
  if (starts === undefined) return all[prompt]!;
  return [...all.subarray(starts[prompt]!, starts[prompt + 1]!)];
}

function need<T extends Column>(column: Column | undefined, kind: new (length: number) => T): T {
  if (column instanceof kind) return column;
  throw new TypeError("the server sent columns of another form");
}

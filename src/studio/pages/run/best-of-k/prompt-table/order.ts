import type { Outcome } from "../evaluate-edit.ts";

export type Filter =
  | { kind: "all" }
  | { kind: "changed" }
  | { kind: "not-good" }
  | { kind: "binding"; value: string };

export type SortBy = "prompt" | "choice" | "p" | "change" | "binding" | "good";
export type Sort = { by: SortBy; down: boolean };

export type Rows = {
  /** Now, and by the run's own objective. */
  outcome: Outcome;
  before: Outcome;
  /** What the run chose. */
  chosen: Int32Array;
};

/** The prompts to show, in order. `found`: those that a search found, or all. */
export function orderPrompts(
  rows: Rows,
  filter: Filter,
  sort: Sort,
  found: ReadonlySet<number> | undefined,
): Int32Array {
  const keep = keeper(rows, filter);
  const prompts: number[] = [];
  for (let i = 0; i < rows.chosen.length; i++)
    if (keep(i) && (found === undefined || found.has(i))) prompts.push(i);
  const key = sortKey(rows, sort.by);
  const turn = sort.down ? -1 : 1;
  // equal keys stand in the order of the file
  return Int32Array.from(prompts.sort((a, b) => turn * (key(a) - key(b)) || a - b));
}

function keeper({ outcome, chosen }: Rows, filter: Filter): (i: number) => boolean {
  if (filter.kind === "changed") return (i) => outcome.chosen[i] !== chosen[i];
  if (filter.kind === "not-good") return (i) => outcome.good[i] === 0;
  if (filter.kind === "binding") {
    const v = outcome.values.indexOf(filter.value);
    return (i) => outcome.binding[i] === v;
  }
  return () => true;
}

function sortKey({ outcome, before, chosen }: Rows, by: SortBy): (i: number) => number {
  switch (by) {
    case "prompt":
      return (i) => i;
    case "choice":
      return (i) => (outcome.chosen[i] === chosen[i] ? 0 : 1);
    case "p":
      return (i) => outcome.u[i]!;
    case "change":
      return (i) => Math.exp(outcome.u[i]!) - Math.exp(before.u[i]!);
    case "binding":
      return (i) => outcome.binding[i]!;
    case "good":
      return (i) => outcome.good[i]!;
  }
}

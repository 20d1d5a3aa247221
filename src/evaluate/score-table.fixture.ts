import { promptHash } from "../preferences/index.ts";
import type { ScoreTable } from "./score-table.ts";

/** A table from `groups[prompt][column][candidate]`; responses are of the given lengths. */
export function scoreTable(
  columns: string[],
  groups: readonly (readonly (readonly number[])[])[],
  lengths?: readonly (readonly number[])[],
): ScoreTable {
  let line = 0;
  return {
    columns,
    hasResponses: lengths !== undefined,
    groups: groups.map((rewards, i) => {
      const prompt = [{ role: "user" as const, content: `prompt ${i}` }];
      return {
        promptHash: promptHash(prompt),
        prompt,
        lines: rewards[0]!.map(() => ++line),
        responses: rewards[0]!.map((_, c) => "x".repeat(lengths?.[i]?.[c] ?? 0)),
        rewards: rewards.map((column) => Float64Array.from(column)),
      };
    }),
    read: line,
    bad: [],
  };
}

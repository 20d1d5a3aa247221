/**
 * A measure along KL, for the compared method, the best raw sum, and all others.
 * @module
 */
import type { Level, Standing } from "../../frontier/index.ts";
import type { Estimate } from "../../stats/bootstrap.ts";
import type { Curve } from "../charts/curves.ts";
import type { KeyEntry } from "../figure.ts";
import { withInterval } from "../format.ts";
import type { Table } from "../table.ts";
import { label } from "../text.ts";
import { type Compared, chosen, levelName, RAW_SUM } from "./words.ts";

type Measure = Pick<Standing, "allGood" | "trueValues" | "gap">;
type Of = (measure: Measure) => Estimate;

export const X_MEASURE: Record<Compared["kind"]["kind"], string> = {
  "best-of-k": "KL to the base (nats), upper bound by k",
  rl: "KL to the base (nats a response)",
};

export function keyOf({ comparison }: Compared): KeyEntry[] {
  return [
    { label: label(comparison.method), mark: "dot", colour: "a" },
    { label: "best raw sum", mark: "ring", colour: "b" },
    { label: "the other methods", mark: "line", colour: "soft" },
    ...(comparison.base === null
      ? []
      : [{ label: "the base", mark: "dashes" as const, colour: "soft" as const }]),
  ];
}

/** From the base at KL 0 on; the highlighted ones last, over the others. */
export function curvesOf({ comparison: { method, base }, kind: { levels } }: Compared, of: Of): Curve[] {
  const start = base === null ? [] : [{ x: 0, estimate: of(base) }];
  const along = (at: (level: Level) => Standing | undefined) => [
    ...start,
    ...levels.flatMap((level) => {
      const found = at(level);
      return found === undefined ? [] : [{ x: level.kl, estimate: of(found) }];
    }),
  ];
  const named = (name: string | null) => (level: Level) =>
    level.standings.find((standing) => standing.method === name);
  const others = methodsOf(levels).filter((name) => name !== method && !RAW_SUM.test(name));
  return [
    ...others.map((name): Curve => ({ colour: "soft", shown: "muted", points: along(named(name)) })),
    { colour: "b", shown: "hollow", points: along((level) => named(level.bestRawSum)(level)) },
    { colour: "a", shown: "filled", points: along(named(method)) },
  ];
}

export const baseLine = ({ comparison: { base } }: Compared, of: Of): { line: number } | null =>
  base === null ? null : { line: of(base).value };

/** KL of every level; those too close to be labelled are left to the numbers. */
export const ticksOf = ({ kind: { levels } }: Compared): number[] => [0, ...levels.map(({ kl }) => kl)];

/** `LSC AND: 0.30 [0.25, 0.35] at 1 nats, …; best raw sum: …` */
export function spoken({ comparison: { method }, kind: { levels } }: Compared, of: Of): string {
  const along = (at: (level: Level) => string | null) =>
    levels
      .flatMap((level) => {
        const found = level.standings.find((standing) => standing.method === at(level));
        return found === undefined ? [] : [`${withInterval(of(found))} at ${levelName(level)}`];
      })
      .join(", ");
  return `${label(method)}: ${along(() => method)}; best raw sum: ${along(({ bestRawSum }) => bestRawSum)}.`;
}

/** Every method at every level. */
export function numbersOf(
  { comparison: { base }, kind: { levels } }: Compared,
  columns: readonly (readonly [string, Of])[],
): Table {
  return {
    columns: [
      { title: "Method" },
      { title: "KL (nats)" },
      ...columns.map(([title]) => ({ title, numeric: true })),
    ],
    rows: [
      ...(base === null ? [] : [[base.method, "0", ...columns.map(([, of]) => withInterval(of(base)))]]),
      ...levels.flatMap((level) =>
        level.standings.map((standing) => [
          label(chosen(standing), 60),
          levelName(level),
          ...columns.map(([, of]) => withInterval(of(standing))),
        ]),
      ),
    ],
  };
}

const methodsOf = (levels: readonly Level[]): string[] =>
  [...new Set(levels.flatMap(({ standings }) => standings.map(({ method }) => method)))].sort();

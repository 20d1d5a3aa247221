import type { Estimate } from "../../stats/bootstrap.ts";

/** A number that a run found, under the name that gates ask for it by. */
export type Measure = {
  /** `win_rate(helpful)`, `kl` */
  name: string;
  value: number;
  /** The 95 % interval, where there is one. */
  ci95?: readonly [number, number];
  /** What it is, for people. */
  about: string;
};

/** What is told of a run, whatever its kind. */
export type RunSummary = {
  /** `best-of-k`, `frontier`, … */
  kind: string;
  title: string;
  /** The goal sentence; null where a run has none. */
  goal: string | null;
  /** How it was done, in a few words each. */
  facts: readonly (readonly [name: string, what: string])[];
  measures: readonly Measure[];
  /** The short table for people; estimates are written out. */
  table: { header: readonly string[]; rows: readonly (readonly string[])[] };
  /** What a reader must know. */
  warnings: readonly string[];
  /** The whole page. */
  html: () => string;
};

/** A measure with its interval. */
export const estimated = (name: string, { value, ci95 }: Estimate, about: string): Measure => ({
  name,
  value,
  ci95,
  about,
});

/** The value that a measure is of stands in brackets: `win_rate(helpful)`. */
export const of = (name: string, ...what: readonly string[]): string => `${name}(${what.join(", ")})`;

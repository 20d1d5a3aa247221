/** What the studio's server answers and its pages read: types only, shared by both sides. @module */
import type { ReferenceSource } from "../../objective/index.ts";

export type RunKind = "best-of-k" | "frontier" | "rl" | "lm" | "reward" | "objective";

/** One number of a run, for the table of runs. */
export type Figure = {
  name: string;
  value: number;
  ci95?: [number, number];
  /** How it is written: a share as per cent, nats and others as decimals, counts whole. */
  form: "share" | "decimal" | "count";
};

export type RunSummary = {
  /** Path in the folder that is looked at, with `/`; "." is the folder itself. */
  name: string;
  kind: RunKind;
  /** What made it: `align best-of-k`, `reward train (ngram)`, … */
  made: string;
  goal: string | null;
  /** When it was last written to, ISO 8601. */
  date: string;
  figures: Figure[];
  /** Why nothing more can be said of it. */
  problem?: string;
};

export type RunList = {
  /** The folder, as the person gave it. */
  folder: string;
  runs: RunSummary[];
  /** Whether the search ended early because there are too many files. */
  cut: boolean;
};

/** One value of a best-of-k run, as its objective has it. */
export type ValueSettings = {
  name: string;
  temperature: number;
  reference: { kind: string; q?: number; otherwise: string };
};

/** What a best-of-k run is, but for its rows. `Evaluation` is the one of `src/evaluate/types.ts`. */
export type BestOfKRun<Evaluation> = {
  name: string;
  goal: string;
  /** Soft choice, where the run made one. */
  gamma: number | null;
  seed: number;
  objectiveHash: string;
  /** Values of the goal, in its order: the columns of the rows. */
  values: ValueSettings[];
  evaluation: Evaluation;
};

/** One prompt of a best-of-k run with everything that was said. Texts that are too long are cut. */
export type PromptTexts = {
  promptHash: string;
  prompt: { role: string; text: CutText }[];
  candidates: { id: string; response: CutText }[];
};

/** The start of a text, and how many characters (UTF-16 units) of it are left out. */
export type CutText = { text: string; left: number };

/** Numbers over steps: `metrics.jsonl`. */
export type MetricsRun = {
  name: string;
  kind: "rl" | "lm";
  command: string;
  goal: string | null;
  settings: Record<string, unknown>;
  /** Absent while the run goes on, and after it was killed. */
  result: Record<string, unknown> | null;
  rows: MetricsRow[];
  /** Where in the file the next row begins: `from` of the live stream. */
  next: number;
};

export type MetricsRow = Record<string, number>;

/** `referencesFrom` of a prompt, as a number in a column. */
export const REFERENCE_SOURCES: readonly ReferenceSource[] = ["prompt", "estimator", "global"];

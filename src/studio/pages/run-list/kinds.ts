import { decimal, percent, whole } from "../../../report/format.ts";
import type { Figure, RunKind } from "../../../serve/studio/types.ts";

export const KIND_NAMES: Record<RunKind, string> = {
  "best-of-k": "best of k",
  frontier: "frontier",
  rl: "RL",
  lm: "language model",
  reward: "reward model",
  objective: "objective",
};

/** A figure as it is read: `40.4 % [31.6 %, 49.1 %]`. */
export function figureText({ value, ci95, form }: Figure): string {
  const write = WRITERS[form];
  return ci95 === undefined ? write(value) : `${write(value)} [${write(ci95[0])}, ${write(ci95[1])}]`;
}

const WRITERS: Record<Figure["form"], (x: number) => string> = {
  share: (x) => percent(x, 1),
  decimal: (x) => decimal(x, 3),
  count: whole,
};

/** Ticks a run to be compared, or not. */
export type Tick = (name: string, on: boolean) => void;

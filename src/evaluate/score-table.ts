import type { Message } from "../preferences/index.ts";

/** The rewards of one prompt's candidates. */
export type ScoreGroup = {
  promptHash: string;
  prompt: Message[];
  /** 1-based line or row of each candidate. */
  lines: number[];
  /** One a candidate; empty texts without a response column. */
  responses: string[];
  /** `rewards[column][candidate]`, within ±1e100. */
  rewards: Float64Array[];
};

/** A file of prompts, responses and raw reward columns, grouped by prompt. */
export type ScoreTable = {
  columns: string[];
  hasResponses: boolean;
  groups: ScoreGroup[];
  /** Rows read, bad ones included. */
  read: number;
  /** What was left out, by reason. */
  bad: { reason: string; count: number; firstLine: number }[];
};

/** The last user turn of a prompt, else its last turn: for people. */
export function lastTurn(prompt: readonly Message[]): string {
  return (prompt.findLast(({ role }) => role === "user") ?? prompt.at(-1))?.content ?? "";
}

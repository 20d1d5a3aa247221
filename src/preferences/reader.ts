import type { z } from "zod";
import { InputError, show } from "../io/errors.ts";
import type { Message } from "./types.ts";

/** Where a row stands, for error messages. */
export type Place = { file: string; line: number };

/** A pair as a reader finds it: without `value` the caller names the value, without `id` the row's line does. */
export type PairDraft = {
  prompt: Message[];
  chosen: string;
  rejected: string;
  value?: string | undefined;
  id?: string | undefined;
  margin?: number | undefined;
  weight?: number | undefined;
  subset?: string | undefined;
};

/** A comparison that says nothing usable, and why: counted, not an error. */
export type LeftOut = { leftOut: string; value?: string | undefined };

export type CandidateDraft = {
  response: string;
  id?: string | undefined;
  truth?: Record<string, number> | undefined;
  rewards?: Record<string, number> | undefined;
};

/** The responses of one row; rows of one prompt are put together. */
export type CandidateSetDraft = { prompt: Message[]; candidates: CandidateDraft[] };

/** One file format: how to know it, and pure functions from a row to what it says. They throw InputError on a bad row. */
export type Reader = {
  /** For `--format`. */
  name: string;
  /** One line for people. */
  about: string;
  /** Columns that a row of this format has. */
  columns: readonly string[];
  matches(row: Record<string, unknown>): boolean;
  pairs?(row: unknown, place: Place): (PairDraft | LeftOut)[];
  candidates?(row: unknown, place: Place): CandidateSetDraft;
  /** The ratings in `truth` are judgements: any two candidates that differ in one make a pair for that value. */
  pairsFromTruth?: boolean;
};

/** Checks a row against a schema. @throws InputError naming file, line, field, what was found and expected */
export function parseRow<Schema extends z.ZodType>(
  schema: Schema,
  row: unknown,
  place: Place,
): z.output<Schema> {
  const parsed = schema.safeParse(row);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)?.[key], row);
  const field = issue.path.join(".");
  throw new InputError({
    problem: "the row does not fit the format",
    ...place,
    ...(field !== "" && { field }),
    found: value === undefined ? "nothing" : show(value),
    expected: issue.message.replace(/^Invalid input: expected (\w+), received .*$/, "$1"),
  });
}

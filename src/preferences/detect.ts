import { InputError, show, UsageError } from "../io/errors.ts";
import type { Reader } from "./reader.ts";
import { readers } from "./readers/index.ts";

/** Data that people mistake for preferences, and what it is. */
const notPreferences = [
  {
    about: "OpenAI moderation labels: harm categories of single texts",
    matches: (row: Record<string, unknown>) =>
      "prompt" in row &&
      !("response" in row) &&
      ["S", "H", "V", "HR", "SH", "S3", "H2", "V2"].some((label) => label in row),
  },
  {
    about: "dialogues for supervised training, with nothing to compare",
    matches: (row: Record<string, unknown>) => "messages" in row || "conversations" in row,
  },
];

/** The reader with a name. @throws UsageError with the names that exist */
export function readerNamed(name: string): Reader {
  const found = readers.find((reader) => reader.name === name);
  if (found !== undefined) return found;
  throw new UsageError(
    `unknown format ${show(name)}; known: ${readers.map((reader) => reader.name).join(", ")}`,
  );
}

/**
 * The format of a file by the shape of its first rows: the reader that most of them match, the most particular one where
 * several do.
 * @throws InputError with the columns found and the known formats, nearest first
 */
export function detect(rows: readonly unknown[], file: string): Reader {
  const records = rows.filter(isRecord);
  const matched = readers.map((reader) => records.filter((row) => reader.matches(row)).length);
  const most = Math.max(...matched);
  if (most > 0) return readers[matched.indexOf(most)]!;
  throw unknownFormat(records, file);
}

const isRecord = (row: unknown): row is Record<string, unknown> =>
  typeof row === "object" && row !== null && !Array.isArray(row);

function unknownFormat(records: readonly Record<string, unknown>[], file: string): InputError {
  const columns = [...new Set(records.flatMap((row) => Object.keys(row)))];
  const other = notPreferences.find(({ matches }) => records.some(matches));
  const nearest = [...readers].sort((a, b) => overlap(b.columns, columns) - overlap(a.columns, columns));
  const described = nearest.slice(0, 3).map(({ name, about }) => `\n  ${name}: ${about}`);
  const others = nearest.slice(3).map(({ name }) => name);
  const problem = other === undefined ? "no known preference format" : `not preferences, but ${other.about}`;
  const found =
    columns.length === 0
      ? "rows that are not objects"
      : `columns ${columns.map((name) => show(name)).join(", ")}`;
  return new InputError({
    problem,
    file,
    found,
    fix: `Known formats, nearest first:${described.join("")}\n  ${others.join(", ")}`,
  });
}

/** Jaccard similarity of two sets of names. */
function overlap(a: readonly string[], b: readonly string[]): number {
  const shared = a.filter((name) => b.includes(name)).length;
  return shared / (a.length + b.length - shared || 1);
}

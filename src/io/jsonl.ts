import { isAscii } from "node:buffer";
import { InputError } from "./errors.ts";
import { findJsonFault } from "./json-fault.ts";
import { type Line, splitLines } from "./lines.ts";
import { defaultMaxLineBytes, type Row } from "./row.ts";

/** One JSON value a line; blank lines are skipped, "\r\n" and a byte-order mark are fine. Yields the rows of a chunk. */
export async function* readJsonl(
  file: string,
  chunks: AsyncIterable<Buffer>,
  maxLineBytes = defaultMaxLineBytes,
): AsyncGenerator<Row[]> {
  for await (const lines of splitLines(chunks, maxLineBytes)) {
    const rows: Row[] = [];
    for (const line of lines) {
      const row = parseLine(file, line, maxLineBytes);
      if (row !== undefined) rows.push(row);
    }
    yield rows;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function parseLine(file: string, line: Line, maxLineBytes: number): Row | undefined {
  const at = line.line;
  if ("tooLong" in line) return { line: at, error: tooLong(file, at, line.tooLong, maxLineBytes) };
  let text: string;
  try {
    // most lines are ASCII, which needs no check and makes one-byte strings
    text = isAscii(line.bytes) ? line.bytes.toString("latin1") : utf8.decode(line.bytes);
  } catch (error) {
    return { line: at, error: invalidUtf8(file, at, error) };
  }
  try {
    return { line: at, value: JSON.parse(text) };
  } catch (error) {
    if (text.trim() === "") return undefined;
    const { offset, problem, fix } = findJsonFault(text);
    const fault = {
      problem: `not JSON: ${problem}`,
      file,
      line: at,
      found: `column ${offset + 1}`,
      ...(fix && { fix }),
    };
    return { line: at, error: new InputError(fault, { cause: error }) };
  }
}

/** The bad row for bytes that are not UTF-8. */
export function invalidUtf8(file: string, line: number, cause?: unknown): InputError {
  const fault = {
    problem: "not valid UTF-8",
    file,
    line,
    fix: "Convert the file to UTF-8 (iconv -f … -t utf-8)",
  };
  return new InputError(fault, { cause });
}

function tooLong(file: string, line: number, bytes: number, limit: number): InputError {
  return new InputError({
    problem: "the line is too long",
    file,
    line,
    found: `${bytes.toLocaleString("en")} bytes`,
    expected: `at most ${limit.toLocaleString("en")}`,
    fix: "A JSONL file has one row a line; if this is a JSON array, name it .json",
  });
}

import { InputError } from "./errors.ts";
import { findJsonFault } from "./json-fault.ts";
import { type Line, splitLines } from "./lines.ts";
import { defaultMaxLineBytes, type Row, type TextSource } from "./row.ts";

/** One JSON value a line; blank lines are skipped, "\r\n" and a byte-order mark are fine. Yields the rows of a chunk. */
export async function* readJsonl(text: TextSource): AsyncGenerator<Row[]> {
  const { chunks, maxBytes = defaultMaxLineBytes } = text;
  for await (const lines of splitLines(chunks, maxBytes)) {
    const rows: Row[] = [];
    for (const line of lines) {
      const row = parseLine(text, line, maxBytes);
      if (row !== undefined) rows.push(row);
    }
    yield rows;
  }
}

function parseLine({ file, decode }: TextSource, line: Line, maxBytes: number): Row | undefined {
  const at = line.line;
  if ("tooLong" in line) return { line: at, error: tooLong(file, at, line.tooLong, maxBytes) };
  let text: string;
  try {
    text = decode(line.bytes).replace(/^\ufeff/, "");
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

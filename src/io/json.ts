import { concatBytes } from "./concat-bytes.ts";
import { InputError } from "./errors.ts";
import { findJsonFault, lineAndColumn } from "./json-fault.ts";
import { invalidUtf8 } from "./jsonl.ts";
import type { Row } from "./row.ts";

/** A JSON file is parsed whole, so its size is bounded (below the longest string that V8 can hold, 2^29 − 24). */
export const maxJsonBytes = 512_000_000;

/**
 * A JSON array (one row an element) or a single object (one row), read whole.
 * @throws InputError where it is not JSON (with line and column), not UTF-8, or larger than `maxBytes`
 */
export async function* readJson(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  maxBytes = maxJsonBytes,
): AsyncGenerator<Row[]> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(file, maxBytes);
    parts.push(chunk);
  }
  const value = parseJson(file, concatBytes(parts));
  const rows: unknown[] = Array.isArray(value) ? value : [value];
  yield rows.map((row, i) => ({ line: i + 1, value: row }));
}

/** A whole JSON file. @throws InputError where it is empty, not UTF-8 or not JSON (with line and column) */
export function parseJson(file: string, bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw invalidUtf8(file, firstInvalidLine(bytes), error);
  }
  if (text.trim() === "") throw new InputError({ problem: "the file is empty", file });
  try {
    return JSON.parse(text);
  } catch (error) {
    const { offset, problem, fix } = findJsonFault(text);
    const { line, column } = lineAndColumn(text, offset);
    const fault = {
      problem: `not JSON: ${problem}`,
      file,
      line,
      found: `column ${column}`,
      ...(fix && { fix }),
    };
    throw new InputError(fault, { cause: error });
  }
}

/** 1-based line of the first byte that is not UTF-8. A "\n" never stands inside a multi-byte character. */
function firstInvalidLine(bytes: Uint8Array): number {
  const strict = new TextDecoder("utf-8", { fatal: true });
  let start = 0;
  for (let line = 1; ; line++) {
    const end = bytes.indexOf(0x0a, start);
    try {
      strict.decode(bytes.subarray(start, end === -1 ? bytes.length : end));
    } catch {
      return line;
    }
    if (end === -1) return line;
    start = end + 1;
  }
}

function tooLarge(file: string, maxBytes: number): InputError {
  return new InputError({
    problem: "a JSON file is read whole, and this one is too large",
    file,
    expected: `at most ${maxBytes.toLocaleString("en")} bytes`,
    fix: "Convert it to JSONL, which is streamed: jq -c '.[]' file.json > file.jsonl",
  });
}

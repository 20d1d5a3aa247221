import { concatBytes } from "./concat-bytes.ts";

/** A line without its end, or how long it was where it is over the limit (then it was never held in memory). */
export type Line = { line: number; bytes: Uint8Array } | { line: number; tooLong: number };

const newline = 0x0a;

/** Splits chunks at "\n". Lines are counted from 1; a line over `maxBytes` is dropped while it is read. */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Line[]> {
  let line = 1;
  let held: Uint8Array[] = [];
  let heldBytes = 0;

  // keeps a part of the current line, or only its size once the line is too long
  const hold = (part: Uint8Array) => {
    heldBytes += part.length;
    if (heldBytes > maxBytes) held = [];
    else if (part.length > 0) held.push(part);
  };
  const take = (): Line => {
    const bytes = heldBytes;
    const parts = held;
    held = [];
    heldBytes = 0;
    if (bytes > maxBytes) return { line: line++, tooLong: bytes };
    return { line: line++, bytes: parts.length === 1 ? parts[0]! : concatBytes(parts) };
  };

  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      hold(chunk.subarray(start, end));
      lines.push(take());
      start = end + 1;
    }
    hold(chunk.subarray(start));
    if (lines.length > 0) yield lines;
  }
  if (heldBytes > 0) yield [take()];
}

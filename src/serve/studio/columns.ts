/**
 * Columns of numbers and one text as one block of bytes: 100,000 rows arrive in one piece, and exactly.
 *
 *     u32 length of the header, little-endian; the header as JSON, padded by spaces; then each column at a multiple of 8
 *
 * Both sides run this code, in Node and in the browser; machines are little-endian on both.
 * @module
 */

export type Column = Float64Array | Int32Array | Uint8Array;

export type Columns = Readonly<Record<string, Column>>;

type Kind = "f64" | "i32" | "u8";
type Entry = { name: string; kind: Kind; length: number; at: number };

const align = (bytes: number): number => Math.ceil(bytes / 8) * 8;

export function packColumns(columns: Columns): Uint8Array<ArrayBuffer> {
  let at = 0;
  const entries = Object.entries(columns).map(([name, column]): Entry => {
    const entry = { name, kind: kindOf(column), length: column.length, at };
    at += align(column.byteLength);
    return entry;
  });
  const json = new TextEncoder().encode(JSON.stringify(entries));
  const start = align(4 + json.length);
  const bytes = new Uint8Array(start + at).fill(0x20, 4, start);
  new DataView(bytes.buffer).setUint32(0, start - 4, true);
  bytes.set(json, 4);
  Object.values(columns).forEach((column, i) => {
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), start + entries[i]!.at);
  });
  return bytes;
}

/** The columns are views of the buffer: nothing is copied. */
export function unpackColumns(buffer: ArrayBuffer): Columns {
  const start = 4 + new DataView(buffer).getUint32(0, true);
  const entries = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, start - 4))) as Entry[];
  return Object.fromEntries(
    entries.map(({ name, kind, length, at }) => [name, view(kind, buffer, start + at, length)]),
  );
}

function view(kind: Kind, buffer: ArrayBuffer, at: number, length: number): Column {
  if (kind === "f64") return new Float64Array(buffer, at, length);
  return kind === "i32" ? new Int32Array(buffer, at, length) : new Uint8Array(buffer, at, length);
}

function kindOf(column: Column): Kind {
  if (column instanceof Float64Array) return "f64";
  return column instanceof Int32Array ? "i32" : "u8";
}

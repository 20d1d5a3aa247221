import { InputError } from "../io/errors.ts";

/** A one-dimensional tensor of a safetensors file. */
export type Tensor = { dtype: "F32"; data: Float32Array } | { dtype: "I32"; data: Int32Array };

/**
 * Bytes of a safetensors file: 8 bytes little-endian header length, JSON header padded with spaces to 8 bytes, data.
 * The same tensors give the same bytes.
 */
export function encodeSafetensors(tensors: Readonly<Record<string, Tensor>>): Uint8Array {
  let end = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, data }]) => {
      const begin = end;
      end += data.length * 4;
      return [name, { dtype, shape: [data.length], data_offsets: [begin, end] }];
    }),
  );
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + end).fill(0x20, 8, 8 + headerLength);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(headerLength), true);
  bytes.set(json, 8);
  let at = 8 + headerLength;
  for (const { dtype, data } of Object.values(tensors)) {
    for (const number of data) {
      if (dtype === "F32") view.setFloat32(at, number, true);
      else view.setInt32(at, number, true);
      at += 4;
    }
  }
  return bytes;
}

/**
 * Reads one-dimensional F32 and I32 tensors.
 * @param file for error messages
 * @throws InputError where the header or a tensor does not fit the bytes, or a type is another one
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): Record<string, Tensor> {
  const broken = (found: string) =>
    new InputError({ problem: "this is not a whole safetensors file", file, found, fix: "Make it again" });
  if (bytes.length < 8) throw broken(`${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > bytes.length - 8) throw broken("a header longer than the file");
  const base = 8 + headerLength;
  return Object.fromEntries(
    Object.entries(parseHeader(bytes.subarray(8, base), broken)).map(
      ([
        name,
        {
          dtype,
          data_offsets: [begin, end],
        },
      ]) => {
        const fits = 0 <= begin && begin <= end && base + end <= bytes.length && (end - begin) % 4 === 0;
        if (!fits) throw broken(`tensor "${name}" at bytes ${begin} to ${end} of ${bytes.length - base}`);
        const read = (i: number) =>
          dtype === "F32"
            ? view.getFloat32(base + begin + 4 * i, true)
            : view.getInt32(base + begin + 4 * i, true);
        const size = { length: (end - begin) / 4 };
        const tensor: Tensor =
          dtype === "F32"
            ? { dtype, data: Float32Array.from(size, (_, i) => read(i)) }
            : { dtype, data: Int32Array.from(size, (_, i) => read(i)) };
        return [name, tensor];
      },
    ),
  );
}

type Entry = { dtype: "F32" | "I32"; data_offsets: [number, number] };

function parseHeader(json: Uint8Array, broken: (found: string) => InputError): Record<string, Entry> {
  const header = (() => {
    try {
      return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json)) as unknown;
    } catch {
      throw broken("a header that is not JSON");
    }
  })();
  if (typeof header !== "object" || header === null || Array.isArray(header))
    throw broken("a header that is not an object");
  const { __metadata__: _, ...entries } = header as Record<string, Partial<Entry> | null>;
  for (const [name, entry] of Object.entries(entries)) {
    const offsets = entry?.data_offsets;
    if (entry?.dtype !== "F32" && entry?.dtype !== "I32")
      throw broken(`tensor "${name}" of type ${entry?.dtype}`);
    if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(Number.isInteger))
      throw broken(`tensor "${name}" without its place`);
  }
  return entries as Record<string, Entry>;
}

import { type ByteSource, checkRange } from "./byte-source.ts";

/** Bytes in memory that count what is read of them. */
export function memorySource(bytes: Uint8Array, file = "memory"): ByteSource & { bytesRead: number } {
  const source = {
    file,
    size: bytes.length,
    bytesRead: 0,
    async read(offset: number, length: number) {
      checkRange(offset, length, bytes.length);
      source.bytesRead += length;
      return new Uint8Array(bytes.subarray(offset, offset + length));
    },
    async close() {},
  };
  return source;
}

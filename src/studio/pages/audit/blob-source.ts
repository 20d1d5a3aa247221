/**
 * A file that a person chose in the browser, for `readRowsOf`: what `rows.ts` is for files on disk.
 * @module
 */
import {
  decompressBrotli,
  decompressGzip,
  decompressLz4,
  decompressLz4Raw,
  decompressZstd,
} from "hyparquet-compressors";
import { concatBytes } from "../../../io/concat-bytes.ts";
import { InputError } from "../../../io/errors.ts";
import { isGzip, type RowSource } from "../../../io/row-source.ts";
import { parseRecords } from "./csv-records.ts";

/** Snappy is hyparquet's own: the library's needs WebAssembly, which the content security policy refuses. */
const compressors = {
  GZIP: decompressGzip,
  BROTLI: decompressBrotli,
  ZSTD: (input: Uint8Array) => decompressZstd(input),
  LZ4: decompressLz4,
  LZ4_RAW: decompressLz4Raw,
};

/** Bytes that are looked at to tell formats apart, and parts of them once unpacked. */
const START = 2 ** 16;
const MOST_PARTS = 16;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @param onBytes told how many bytes of the file are read, whenever there are more */
export function blobSource(file: Blob, name: string, onBytes: (read: number) => void = () => {}): RowSource {
  return {
    name,
    async start() {
      const bytes = new Uint8Array(await guarded(name, file.slice(0, START).arrayBuffer()));
      if (bytes.length === 0) throw new InputError({ problem: "the file is empty", file: name });
      const gzip = isGzip(bytes);
      return { bytes: gzip ? await unpackStart(bytes) : bytes, gzip };
    },
    chunks: (gzip, signal) => chunksOf(file, name, gzip, onBytes, signal),
    parquet: async () => ({ buffer: asyncBuffer(file, name, onBytes), compressors }),
    decode: (bytes) => utf8.decode(bytes),
    parseRecords,
  };
}

async function* chunksOf(
  file: Blob,
  name: string,
  gzip: boolean,
  onBytes: (read: number) => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  const counted = file.stream().pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        read += chunk.length;
        onBytes(read);
        controller.enqueue(chunk);
      },
    }),
  );
  const bytes = gzip ? counted.pipeThrough(new DecompressionStream("gzip")) : counted;
  let first = true;
  try {
    for await (const chunk of chunksOfStream(bytes)) {
      signal?.throwIfAborted();
      yield first ? withoutMark(chunk) : chunk;
      first = false;
    }
  } catch (error) {
    throw isUnreadable(error) || !gzip ? readFault(error, name) : gzipFault(error, name);
  }
}

/** Not every browser can iterate over a stream itself. */
async function* chunksOfStream(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // reading may stop before the end; a stream that failed has said so already
    await reader.cancel().catch(() => undefined);
  }
}

async function unpackStart(start: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([start]).stream().pipeThrough(new DecompressionStream("gzip"));
  const parts: Uint8Array[] = [];
  try {
    for await (const part of chunksOfStream(stream)) if (parts.push(part) >= MOST_PARTS) break;
  } catch {
    // the start of a file ends too early; a real fault is told when the file is read
  }
  return concatBytes(parts);
}

const withoutMark = (bytes: Uint8Array) =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;

function asyncBuffer(file: Blob, name: string, onBytes: (read: number) => void) {
  let read = 0;
  return {
    byteLength: file.size,
    async slice(from: number, to?: number): Promise<ArrayBuffer> {
      const part = await guarded(name, file.slice(from, to).arrayBuffer());
      read += part.byteLength;
      onBytes(Math.min(file.size, read));
      return part;
    },
  };
}

async function guarded<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw readFault(error, name);
  }
}

const isUnreadable = (error: unknown) => error instanceof DOMException;

function readFault(error: unknown, file: string): unknown {
  if (!(error instanceof DOMException) || error.name === "AbortError") return error;
  const problem = "can't read it: it was moved or changed after it was chosen";
  return new InputError({ problem, file, fix: "Choose it again" }, { cause: error });
}

/** Browsers tell of zlib's faults in their own words; these are the command's. */
function gzipFault(error: unknown, file: string): unknown {
  if (!(error instanceof Error)) return error;
  const fault = (problem: string, fix: string) => new InputError({ problem, file, fix }, { cause: error });
  const again = "Fetch or make the file again";
  if (/truncated|unexpected end/i.test(error.message)) {
    return fault("the gzip data is cut off before its end", again);
  }
  if (/junk/i.test(error.message)) {
    return fault(
      "the gzip data has several parts, or something after its end, which browsers don't unpack",
      "Unpack it first (gunzip)",
    );
  }
  const why = error.message.replace(/^[^:]*: /, "").replace(/\.$/, "");
  return fault(`the gzip data is damaged: ${why}`, again);
}

import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { InputError } from "./errors.ts";
import { systemFault } from "./system-fault.ts";

/** The first bytes of a file, at most `size`. @throws InputError: missing, a folder, not readable, empty */
export async function firstBytes(file: string, size: number): Promise<Buffer> {
  try {
    const handle = await open(file, "r");
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, 0);
      if (bytesRead === 0) throw new InputError({ problem: "the file is empty", file });
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw systemFault(error, file, "read");
  }
}

/**
 * The bytes of a file, in chunks; gzip is unpacked, a byte-order mark left out.
 * @throws InputError: can't be read, or the gzip data is cut off or damaged
 */
export async function* readBytes(file: string, gzip: boolean, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const raw = createReadStream(file, { highWaterMark: 2 ** 20 });
  const stream = gzip ? raw.pipe(createGunzip({ chunkSize: 2 ** 18 })) : raw;
  if (gzip) raw.on("error", (error) => stream.destroy(error));
  try {
    let first = true;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      yield first ? withoutMark(chunk) : chunk;
      first = false;
    }
  } catch (error) {
    throw gzipFault(systemFault(error, file, "read"), file);
  } finally {
    raw.destroy();
    stream.destroy();
  }
}

const withoutMark = (bytes: Buffer) =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;

function gzipFault(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  const fix = "Fetch or make the file again";
  if (error.code === "Z_BUF_ERROR") {
    return new InputError(
      { problem: "the gzip data is cut off before its end", file, fix },
      { cause: error },
    );
  }
  if (typeof error.code === "string" && error.code.startsWith("Z_")) {
    return new InputError(
      { problem: `the gzip data is damaged: ${error.message}`, file, fix },
      { cause: error },
    );
  }
  return error;
}

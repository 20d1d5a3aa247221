import { open } from "node:fs/promises";
import { InputError } from "../io/errors.ts";
import { systemFault } from "../io/system-fault.ts";

/** Random access to the bytes of a file. */
export type ByteSource = {
  /** For messages: the path. */
  readonly file: string;
  /** In bytes. */
  readonly size: number;
  /**
   * A fresh array of exactly `length` bytes, so that its buffer begins at the first of them.
   * @throws InputError where the file has become shorter than `size`; RangeError where the range is not inside `size`
   */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
};

/** The system reads at most 2 GiB at once. */
const maxRead = 2 ** 30;

/** @throws InputError: missing, a folder, a device, not readable */
export async function openBytes(file: string): Promise<ByteSource> {
  try {
    const handle = await open(file, "r");
    const found = await handle.stat();
    if (!found.isFile()) {
      await handle.close();
      throw notAFile(file, found.isDirectory() ? "a folder" : "a device or pipe");
    }
    return {
      file,
      size: found.size,
      async read(offset, length) {
        checkRange(offset, length, found.size);
        const bytes = new Uint8Array(length);
        for (let done = 0; done < length; ) {
          const wanted = Math.min(length - done, maxRead);
          const { bytesRead } = await handle.read(bytes, done, wanted, offset + done).catch((error) => {
            throw systemFault(error, file, "read");
          });
          if (bytesRead === 0)
            throw new InputError({ problem: "the file became shorter while it was read", file });
          done += bytesRead;
        }
        return bytes;
      },
      close: () => handle.close(),
    };
  } catch (error) {
    throw systemFault(error, file, "read");
  }
}

/** Reading past the end is our mistake, never the file's: sizes are checked before anything is allocated. */
export function checkRange(offset: number, length: number, size: number): void {
  if (!(Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0)) {
    throw new RangeError(`read(${offset}, ${length}): not whole numbers ≥ 0`);
  }
  if (offset + length > size) throw new RangeError(`read(${offset}, ${length}) passes the end at ${size}`);
}

function notAFile(file: string, found: string): InputError {
  return new InputError({
    problem: "this is not a regular file",
    file,
    found,
    fix: "Give the path of a file",
  });
}

/** `undefined` where the file is missing; every other fault is thrown. */
export async function orMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw error;
  }
}

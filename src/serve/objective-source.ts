import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { systemFault } from "../io/system-fault.ts";

export type SourceOptions<Loaded> = {
  file: string;
  /** Makes of the file's content what is served. What it throws is told to `onFailure`, and the old one stays. */
  load: (bytes: Uint8Array) => Promise<Loaded>;
  /** How often the file is looked at. 0: never. */
  everyMs: number;
  onLoad?: (loaded: Loaded) => void;
  onFailure?: (error: unknown) => void;
};

/** A file that may change while it is served. */
export type Source<Loaded> = {
  current(): Loaded;
  /** Looks at the file now. */
  check(): Promise<void>;
  close(): void;
};

/**
 * Loads a file, and loads it again when its content changes (by SHA-256: a new time stamp alone is no change). It is
 * looked at by path, so a link that comes to point elsewhere, as on Kubernetes, counts.
 *
 * @throws what `load` throws at first; InputError if the file can't be read
 */
export async function openSource<Loaded>(options: SourceOptions<Loaded>): Promise<Source<Loaded>> {
  const { file, load, everyMs, onLoad, onFailure } = options;
  let stamp = await stampOf(file);
  const bytes = await read(file);
  let seen = hashOf(bytes);
  let current = await load(bytes);
  onLoad?.(current);
  let checking: Promise<void> | undefined;

  async function look(): Promise<void> {
    try {
      const found = await stampOf(file);
      if (found === stamp) return;
      const changed = await read(file);
      stamp = found;
      const hash = hashOf(changed);
      if (hash === seen) return;
      seen = hash;
      current = await load(changed);
      onLoad?.(current);
    } catch (error) {
      onFailure?.(error);
    }
  }

  const check = () => {
    checking ??= look().finally(() => {
      checking = undefined;
    });
    return checking;
  };
  const timer = everyMs > 0 ? setInterval(check, everyMs).unref() : undefined;
  return { current: () => current, check, close: () => clearInterval(timer) };
}

const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function stampOf(file: string): Promise<string> {
  const { dev, ino, size, mtimeMs } = await stat(file).catch((error: unknown) => {
    throw systemFault(error, file, "read");
  });
  return [dev, ino, size, mtimeMs].join();
}

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw systemFault(error, file, "read");
  }
}

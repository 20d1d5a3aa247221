import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { systemFault } from "../io/system-fault.ts";

export type SourceOptions<Loaded> = {
  file: string;
  /**
   * Makes of the file's content what is served. What it throws is told to `onFailure`, and the old one stays until the file
   * is touched.
   */
  load: (bytes: Uint8Array) => Promise<Loaded>;
  /** How often the file is looked at. 0: never. */
  everyMs: number;
  /** Told what is served now: another, or the one that was there before the file was broken or away. */
  onLoad?: (loaded: Loaded) => void;
  /** Told once of a file that can't be read, and of each content that can't be used. */
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
 * Loads a file, and loads it again when its content changes (by SHA-256: a new time stamp alone is no change, but another
 * try where the content could not be used). It is looked at by path, so a link that comes to point elsewhere, as on
 * Kubernetes, counts.
 *
 * @throws what `load` throws at first; InputError if the file can't be read
 */
export async function openSource<Loaded>(options: SourceOptions<Loaded>): Promise<Source<Loaded>> {
  const { file, load, everyMs, onLoad, onFailure } = options;
  let stamp = await stampOf(file);
  const bytes = await read(file);
  let inForce = hashOf(bytes);
  let current = await load(bytes);
  onLoad?.(current);
  /** What the last look failed of, until one does not. */
  let failure: string | undefined;
  let checking: Promise<void> | undefined;

  /** Its content; undefined where nobody has touched it. */
  async function changed(): Promise<Uint8Array | undefined> {
    const before = stamp;
    // whatever the next look finds is news, if this one finds nothing
    stamp = AWAY;
    const found = await stampOf(file);
    const content = found === before ? undefined : await read(file);
    stamp = found;
    return content;
  }

  async function look(): Promise<void> {
    try {
      const content = await changed();
      if (content === undefined) return;
      const hash = hashOf(content);
      if (hash === inForce && failure === undefined) return;
      if (hash !== inForce) current = await load(content);
      inForce = hash;
      failure = undefined;
      onLoad?.(current);
    } catch (error) {
      const found = String(error);
      // a file that is away is so at each look
      if (stamp === AWAY && found === failure) return;
      failure = found;
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

const AWAY = "";

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

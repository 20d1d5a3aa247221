import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { InputError, show } from "../../io/errors.ts";
import { makeFolder } from "../../io/make-folder.ts";
import { systemFault } from "../../io/system-fault.ts";
import { jsonOf } from "./label-collected.ts";

const common = { rater: z.string().min(1), at: z.string() };

const actSchema = z.object({
  question: z.string(),
  ...common,
  /** Acts of this rater at this question before it; see `Act`. */
  turn: z.int().min(0),
  judgement: z.enum(["a", "b", "tie", "skip", "undo"]),
  /** Which response stood left, or first. */
  left: z.enum(["a", "b"]),
});
const meaningSchema = z.object({ meaning: z.string(), ...common });

/** One line of the log: an act at a question, or a new sentence for what the value means. */
const lineSchema = z.union([actSchema, meaningSchema]);

export type ActLine = z.output<typeof actSchema>;
export type LabelLogLine = z.output<typeof lineSchema>;

/**
 * What raters did, append-only: nothing in it is ever changed, an answer is taken back by a line that says so. It is read
 * again where the file has grown meanwhile, so that two servers over one folder lose nothing to each other.
 */
export class LabelLog {
  readonly path: string;
  lines: LabelLogLine[] = [];
  /** Bytes of whole lines that were read or written. */
  #bytes = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** Reads what is new. @throws InputError where a line is damaged, or the file can't be read */
  async read(): Promise<void> {
    const handle = await open(this.path, "r").catch((error: unknown) => {
      if (error instanceof Error && Reflect.get(error, "code") === "ENOENT") return undefined;
      throw systemFault(error, this.path, "read");
    });
    if (handle === undefined) return this.#forget();
    try {
      await this.#catchUp(handle);
    } finally {
      await handle.close();
    }
  }

  /**
   * Appends lines in one write. They are on the disk when the promise resolves. Who appends holds the folder: what another
   * one has half written would be cut off as left by a kill.
   *
   * @throws InputError where they can't be written; nothing of them stays then
   */
  async append(lines: readonly LabelLogLine[]): Promise<void> {
    if (lines.length === 0) return;
    try {
      await makeFolder(dirname(this.path));
      const handle = await open(this.path, "a+");
      try {
        const size = await this.#catchUp(handle);
        // a line that a killed server left half-written was never acknowledged
        if (size > this.#bytes) await handle.truncate(this.#bytes);
        await this.#write(handle, Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join("")));
        if (this.#bytes === 0) await syncFolder(dirname(this.path));
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw systemFault(error, this.path, "write");
    }
    await this.read();
  }

  async #write(handle: FileHandle, bytes: Buffer): Promise<void> {
    try {
      for (let done = 0; done < bytes.length; ) done += (await handle.write(bytes, done)).bytesWritten;
      await handle.datasync();
    } catch (error) {
      await handle.truncate(this.#bytes).catch(() => {});
      throw error;
    }
  }

  /** @returns bytes of the file; more than were taken where its last line is not whole */
  async #catchUp(handle: FileHandle): Promise<number> {
    const { size } = await handle.stat();
    if (size < this.#bytes) this.#forget();
    const added = Buffer.alloc(size - this.#bytes);
    let read = 0;
    for (let last = -1; read < added.length && last !== 0; read += last)
      last = (await handle.read(added, read, added.length - read, this.#bytes + read)).bytesRead;
    const whole = added.subarray(0, read).lastIndexOf(0x0a) + 1;
    const texts = added.subarray(0, whole).toString().split("\n").slice(0, -1);
    this.lines.push(...texts.map((text, i) => this.#parse(text, this.lines.length + i + 1)));
    this.#bytes += whole;
    return size;
  }

  #parse(text: string, line: number): LabelLogLine {
    const parsed = lineSchema.safeParse(jsonOf(text));
    if (parsed.success) return parsed.data;
    throw new InputError({
      problem: "this line of the answers was changed, or written by another version",
      file: this.path,
      line,
      found: show(text.slice(0, 200)),
      fix: "Put the file back as it was",
    });
  }

  #forget(): void {
    this.lines = [];
    this.#bytes = 0;
  }
}

/** Makes a new file's name durable. Some systems can't open a folder. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

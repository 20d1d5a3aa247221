/**
 * Answers on their way to the disk of the server. Each is put into the browser's storage before anything else, and stays
 * there until the server says that it has it: a server that is gone, a page that is closed or reloaded lose nothing. The
 * server knows an act that comes twice, so that sending again is always safe, from any tab.
 * @module
 */
import type { Act, Kept } from "../../../serve/studio/label-types.ts";
import { postJson, RequestError } from "../../api.ts";
import {
  keyOf,
  type OutboxName,
  readUnsent,
  removeUnsent,
  sameName,
  type Unsent,
  writeUnsent,
} from "./unsent.ts";

export type OutboxState =
  | { state: "saved" }
  | { state: "sending"; unsaved: number }
  /** The server does not answer; it is asked again by itself. */
  | { state: "waiting"; unsaved: number }
  /** The server has refused them; they stay here. */
  | { state: "refused"; unsaved: number; message: string };

/** Acts of one request. */
const BATCH = 200;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;

export class Outbox {
  readonly #name: OutboxName;
  readonly #onState: (state: OutboxState) => void;
  /** Another act stood there already (another tab, another device): the page should ask what is. */
  readonly #onOther: () => void;
  /** Acts that the browser would not store. */
  readonly #unstored = new Map<string, Unsent>();
  #wait = FIRST_WAIT_MS;
  #timer: number | undefined;
  #sending = false;
  #closed = false;
  #order = 0;

  constructor(
    name: OutboxName,
    { onState, onOther }: { onState(state: OutboxState): void; onOther(): void },
  ) {
    this.#name = name;
    this.#onState = onState;
    this.#onOther = onOther;
    addEventListener("online", this.#now);
    addEventListener("beforeunload", this.#ask);
    this.#now();
  }

  /** Acts that are not on the server's disk yet, in order. */
  pending(): Act[] {
    return this.#unsent().map(({ act }) => act);
  }

  /** Keeps an act and begins to send it. */
  add(act: Act): void {
    this.#order = Math.max(Date.now(), this.#order + 1);
    const unsent: Unsent = { ...this.#name, act, order: this.#order };
    if (!writeUnsent(unsent)) this.#unstored.set(keyOf(unsent), unsent);
    this.#now();
  }

  /** Sends again what the server has refused. */
  retry(): void {
    this.#now();
  }

  /** Stops sending; what is unsaved stays in the browser. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    removeEventListener("online", this.#now);
    removeEventListener("beforeunload", this.#ask);
  }

  /** Leaving loses what the browser would not store and the server has not got. */
  readonly #ask = (event: Event): void => {
    if (this.#unstored.size > 0) event.preventDefault();
  };

  readonly #now = (): void => {
    clearTimeout(this.#timer);
    void this.#send();
  };

  async #send(): Promise<void> {
    if (this.#sending || this.#closed) return;
    this.#sending = true;
    try {
      for (let batch = this.#unsent(); batch.length > 0 && !this.#closed; batch = this.#unsent()) {
        this.#onState({ state: "sending", unsaved: batch.length });
        await this.#post(batch.slice(0, BATCH));
      }
      this.#wait = FIRST_WAIT_MS;
      if (!this.#closed) this.#onState({ state: "saved" });
    } catch (error) {
      if (!this.#closed) this.#failed(error);
    } finally {
      this.#sending = false;
    }
  }

  async #post(batch: readonly Unsent[]): Promise<void> {
    const { labelling: id, run, rater } = this.#name;
    const { kept } = await postJson<{ kept: Kept[] }>("label/answers", {
      id,
      run,
      rater,
      acts: batch.map(({ act }) => act),
    });
    for (const unsent of batch) {
      this.#unstored.delete(keyOf(unsent));
      removeUnsent(unsent);
    }
    if (kept.some(({ state }) => state === "other")) this.#onOther();
  }

  #failed(error: unknown): void {
    const unsaved = this.#unsent().length;
    const status = error instanceof RequestError ? error.status : 0;
    if (status >= 400 && status < 500) {
      this.#onState({
        state: "refused",
        unsaved,
        message: error instanceof Error ? error.message : String(error),
      });
      return;
    }
    this.#onState({ state: "waiting", unsaved });
    this.#timer = window.setTimeout(this.#now, this.#wait);
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT_MS);
  }

  #unsent(): Unsent[] {
    const all = [
      ...readUnsent().filter((unsent) => sameName(unsent, this.#name)),
      ...this.#unstored.values(),
    ];
    return all.sort((a, b) => a.order - b.order || a.act.turn - b.act.turn);
  }
}

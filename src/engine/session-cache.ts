import type { Program } from "./program.ts";
import { Session, type SessionOptions } from "./session.ts";

/**
 * Sessions by key, one for each shape bucket: built on first use, and the one unused for longest is disposed of when
 * there are more than `capacity`.
 */
export class SessionCache {
  readonly #sessions = new Map<string, Session>();
  readonly #capacity: number;
  readonly #options: SessionOptions;

  constructor(options: SessionOptions & { capacity?: number } = {}) {
    const { capacity = 16, ...rest } = options;
    this.#capacity = capacity;
    this.#options = rest;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** The session for a key; `build` makes its program where there is none yet. Await one before asking for the next. */
  async get(key: string, build: () => Program): Promise<Session> {
    const session = this.#sessions.get(key) ?? (await Session.open(build(), this.#options));
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    await this.#trim(this.#capacity);
    return session;
  }

  async dispose(): Promise<void> {
    await this.#trim(0);
  }

  async #trim(capacity: number): Promise<void> {
    for (const [key, session] of this.#sessions) {
      if (this.#sessions.size <= capacity) break;
      this.#sessions.delete(key);
      await session.dispose();
    }
  }
}

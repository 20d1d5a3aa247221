/** Whoever may stop waiting, as reward models are told of it. */
export type Aborting = LazyAbort | { readonly signal?: AbortSignal };

/** Told once, with the reason. */
export type AbortListener = { onAbort(reason: unknown): void };

/**
 * An AbortController whose signal is made when somebody first asks for it. A signal and a listener on it cost more than all
 * that an objective does for a small request, and a model in this process asks for none. It stands wherever
 * `{ signal }` does.
 */
export class LazyAbort implements AbortListener {
  #aborted = false;
  #reason: unknown;
  #controller: AbortController | undefined;
  #listeners: AbortListener[] = [];
  #outer: LazyAbort | AbortSignal | undefined;

  /** @param outer what it is aborted with, until its {@link release} */
  constructor(outer: Aborting = {}) {
    if (outer instanceof LazyAbort) outer.listen(this);
    else if (outer.signal?.aborted) this.abort(outer.signal.reason);
    else outer.signal?.addEventListener("abort", this, { once: true });
    this.#outer = outer instanceof LazyAbort ? outer : outer.signal;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** A second time changes nothing. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener.onAbort(reason);
    this.#controller?.abort(reason);
  }

  /** Told at once where it is aborted already. */
  listen(listener: AbortListener): void {
    if (this.#aborted) listener.onAbort(this.#reason);
    else this.#listeners.push(listener);
  }

  unlisten(listener: AbortListener): void {
    const at = this.#listeners.indexOf(listener);
    if (at >= 0) this.#listeners.splice(at, 1);
  }

  /** Follows the outer one no more: what it was made for is done. */
  release(): void {
    const outer = this.#outer;
    if (outer instanceof LazyAbort) outer.unlisten(this);
    else outer?.removeEventListener("abort", this);
  }

  /** The work's result, or a rejection with the reason: work that does not heed its signal holds nobody up. */
  until<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.listen({ onAbort: reject });
      work.then(resolve, reject);
    });
  }

  onAbort(reason: unknown): void {
    this.abort(reason);
  }

  handleEvent(event: Event): void {
    this.abort((event.target as AbortSignal).reason);
  }
}

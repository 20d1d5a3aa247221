import type { Program } from "./program.ts";
import { GraphError, type NamedType, type Value, zeros } from "./tensor.ts";

/**
 * Named tensors that live longer than one run: parameters, optimiser slots, caches. Several sessions (one a length
 * bucket) share one state. A run reads the current arrays and writes the next ones into a second set; then the two
 * change places, so that no step allocates, and a step that fails leaves the state as it was. Arrays that were given
 * are read, never written.
 */
export class State {
  readonly #current = new Map<string, Value>();
  readonly #spare = new Map<string, Value>();
  /** Names whose current arrays belong to the caller. */
  readonly #given = new Set<string>();
  #busy = false;

  constructor(values: Readonly<Record<string, Value>> = {}) {
    for (const [name, value] of Object.entries(values)) this.set(name, value);
  }

  get names(): string[] {
    return [...this.#current.keys()];
  }

  has(name: string): boolean {
    return this.#current.has(name);
  }

  /** The current numbers, not a copy: the second run after this one writes over them. */
  get(name: string): Value {
    const value = this.#current.get(name);
    if (value === undefined) throw new GraphError(`the state has no ${JSON.stringify(name)}`);
    return value;
  }

  /** Takes the array as it is, without a copy; it must not change while it is current. */
  set(name: string, value: Value): void {
    this.#current.set(name, value);
    this.#spare.delete(name);
    this.#given.add(name);
  }

  /** Adds what the program's state needs and may start at zero: optimiser slots, sums of gradients. */
  addZeros(program: Program): void {
    for (const link of program.state) {
      if (link.startsAtZero && !this.has(link.name)) this.set(link.name, zeros(link));
    }
  }

  /** An array for the value that will replace a current one. */
  spare(type: NamedType): Value {
    const known = this.#spare.get(type.name);
    if (known !== undefined) return known;
    const value = zeros(type);
    this.#spare.set(type.name, value);
    return value;
  }

  /** Makes the spare values current, and the current ones spare. */
  swap(names: readonly string[]): void {
    for (const name of names) {
      const next = this.#spare.get(name);
      const old = this.#current.get(name);
      if (next === undefined || old === undefined)
        throw new GraphError(`the state has no next ${JSON.stringify(name)}`);
      this.#current.set(name, next);
      if (this.#given.delete(name)) this.#spare.delete(name);
      else this.#spare.set(name, old);
    }
  }

  /** Runs one at a time: two steps at once on one state would lose an update. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy) throw new GraphError("a run on this state has not ended: await it first");
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }
}

/** Gives out ids, each once: a second `a` becomes `a#2`. */
export class UniqueIds {
  readonly #given = new Map<string, number>();
  /** How many ids had to be changed. */
  renamed = 0;

  take(id: string): string {
    const times = (this.#given.get(id) ?? 0) + 1;
    this.#given.set(id, times);
    if (times === 1) return id;
    this.renamed += 1;
    return this.take(`${id}#${times}`);
  }
}

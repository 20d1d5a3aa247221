/** Finds the first of some texts in a text that grows, and holds back what could be the beginning of one. */
export class StopStrings {
  readonly #stops: readonly string[];
  #held = "";
  /** Whether one was found: the text is cut before it, and nothing more comes. */
  stopped = false;

  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== "");
  }

  /** @returns what may be shown */
  push(text: string): string {
    if (this.stopped) return "";
    const all = this.#held + text;
    const places = this.#stops.map((stop) => all.indexOf(stop)).filter((at) => at >= 0);
    if (places.length > 0) {
      this.stopped = true;
      this.#held = "";
      return all.slice(0, Math.min(...places));
    }
    const safe = all.length - this.#beginning(all);
    this.#held = all.slice(safe);
    return all.slice(0, safe);
  }

  /** @returns what was held back, at the end */
  flush(): string {
    const rest = this.#held;
    this.#held = "";
    return rest;
  }

  /** How many of the last characters could begin a stop text. */
  #beginning(text: string): number {
    const longest = Math.max(0, ...this.#stops.map((stop) => stop.length - 1));
    for (let length = Math.min(longest, text.length); length > 0; length--) {
      const end = text.slice(-length);
      if (this.#stops.some((stop) => stop.startsWith(end))) return length;
    }
    return 0;
  }
}

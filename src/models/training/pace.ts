/** How fast a run goes and when it will end. Only time between `start` and `stop` counts as work. */
export class Pace {
  readonly #toDo: number;
  readonly #now: () => number;
  #started = 0;
  #first = Number.NaN;
  #seconds = 0;
  #tokens = 0;
  #steps = 0;

  /** @param steps to be done; @param now in milliseconds */
  constructor(steps: number, now: () => number = () => performance.now()) {
    this.#toDo = steps;
    this.#now = now;
  }

  start(): void {
    this.#started = this.#now();
    if (Number.isNaN(this.#first)) this.#first = this.#started;
  }

  stop(tokens: number): void {
    this.#seconds += (this.#now() - this.#started) / 1000;
    this.#tokens += tokens;
    this.#steps += 1;
  }

  /** Over all steps so far; 0 before the first. */
  get tokensPerSecond(): number {
    return this.#seconds > 0 ? this.#tokens / this.#seconds : 0;
  }

  /** By the mean of all steps so far, measurements and checkpoints between them included. */
  get secondsLeft(): number {
    const passed = (this.#now() - this.#first) / 1000;
    return this.#steps === 0 ? 0 : (passed / this.#steps) * (this.#toDo - this.#steps);
  }

  /** `3 min` */
  get left(): string {
    return duration(this.secondsLeft);
  }

  /** `8,586 tokens/s, 3 min left` */
  toString(): string {
    const speed = Math.round(this.tokensPerSecond).toLocaleString("en");
    return `${speed} tokens/s, ${this.left} left`;
  }
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

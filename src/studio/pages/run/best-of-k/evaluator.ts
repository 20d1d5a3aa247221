import type { Edit } from "./edit.ts";
import type { Answer, Question } from "./evaluate.worker.ts";
import type { Outcome } from "./evaluate-edit.ts";
import type { ExplainedCandidate } from "./explain-prompt.ts";

/** The worker that holds a run's rows. */
export class Evaluator {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  #next = 0;
  #busy = false;
  #newest: { edit: Edit; done(outcome: Outcome): void; failed(error: Error): void } | undefined;

  /** @param buffer what `best-of-k/columns` answers; it is handed over and can't be used here any more */
  constructor(buffer: ArrayBuffer, seed: number) {
    this.#worker = new Worker(new URL("./evaluate.worker.ts", import.meta.url), { type: "module" });
    this.#worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.kind === "failed") waiting?.reject(new Error(data.message));
      else waiting?.resolve(data);
    });
    const load: Question = { kind: "load", buffer, seed };
    this.#worker.postMessage(load, [buffer]);
  }

  /** Evaluates an edit. While one is worked on only the newest of those that come in waits: a drag asks many times. */
  evaluate(edit: Edit, done: (outcome: Outcome) => void, failed: (error: Error) => void): void {
    this.#newest = { edit, done, failed };
    if (!this.#busy) void this.#work();
  }

  async explain(edit: Edit, prompt: number): Promise<ExplainedCandidate[]> {
    const answer = await this.#ask((id) => ({ kind: "explain", id, edit, prompt }));
    if (answer.kind !== "explained") throw new TypeError("the worker answered another question");
    return answer.candidates;
  }

  close(): void {
    this.#worker.terminate();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#newest !== undefined) {
      const { edit, done, failed } = this.#newest;
      this.#newest = undefined;
      try {
        const answer = await this.#ask((id) => ({ kind: "evaluate", id, edit }));
        if (answer.kind === "evaluated") done(answer.outcome);
      } catch (error) {
        failed(error instanceof Error ? error : new Error(String(error)));
      }
    }
    this.#busy = false;
  }

  #ask(question: (id: number) => Question): Promise<Answer> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage(question(id));
    });
  }
}

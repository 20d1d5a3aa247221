/**
 * Child processes that work side by side: small models use a processor better one process a core than one process on all.
 * @module
 */
import { type ChildProcess, fork } from "node:child_process";
import type { FrontierRow, FrontierSettings, Job } from "../../frontier/index.ts";
import { type Fault, InputError } from "../../io/errors.ts";

/** What a child is told first. */
export type WorkerSetup = {
  policyFolder: string;
  samplesFolder: string;
  settings: FrontierSettings;
  threads: number;
  provider?: string;
};

export type ToWorker = { setup: WorkerSetup } | { job: Job };
export type FromWorker =
  | { rows: FrontierRow[] }
  | { progress: string }
  | { fault: Fault }
  | { error: string };

export const WORKER_COMMAND = "frontier-worker";

type Task = { job: Job; resolve: (rows: FrontierRow[]) => void; reject: (error: unknown) => void };

export class WorkerPool {
  readonly #children: ChildProcess[];
  readonly #queue: Task[] = [];
  readonly #busy = new Map<ChildProcess, Task>();
  #failure: unknown;

  constructor(count: number, setup: WorkerSetup, onProgress: (text: string) => void) {
    this.#children = Array.from({ length: count }, () => {
      const child = fork(process.argv[1]!, [WORKER_COMMAND], {
        execArgv: process.execArgv,
        // what goes wrong comes back as a message
        stdio: ["ignore", "ignore", "inherit", "ipc"],
      });
      child.send({ setup } satisfies ToWorker);
      child.on("message", (message) => this.#heard(child, message as FromWorker, onProgress));
      child.on("exit", (code, signal) =>
        this.#fail(
          new InputError({
            problem: `a worker of the frontier ended (${signal ?? `exit code ${code}`})`,
            fix: "Go on with --resume, with fewer --workers if memory ran out",
          }),
        ),
      );
      return child;
    });
  }

  readonly work = (job: Job): Promise<FrontierRow[]> =>
    new Promise((resolve, reject) => {
      this.#queue.push({ job, resolve, reject });
      this.#handOut();
    });

  /** Ends the children, whatever they do. */
  close(): void {
    for (const child of this.#children) {
      child.removeAllListeners("exit");
      child.kill("SIGKILL");
    }
    this.#fail(new Error("the workers were stopped"));
  }

  #handOut(): void {
    if (this.#failure !== undefined) {
      for (const { reject } of this.#queue.splice(0)) reject(this.#failure);
      return;
    }
    for (const child of this.#children) {
      if (this.#queue.length === 0) return;
      if (this.#busy.has(child)) continue;
      const task = this.#queue.shift()!;
      this.#busy.set(child, task);
      child.send({ job: task.job } satisfies ToWorker);
    }
  }

  #heard(child: ChildProcess, message: FromWorker, onProgress: (text: string) => void): void {
    if ("progress" in message) {
      onProgress(message.progress);
      return;
    }
    const task = this.#busy.get(child);
    this.#busy.delete(child);
    if ("rows" in message) task?.resolve(message.rows);
    else if ("fault" in message) task?.reject(new InputError(message.fault));
    else task?.reject(new Error(message.error));
    this.#handOut();
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const { reject } of this.#busy.values()) reject(this.#failure);
    this.#busy.clear();
    this.#handOut();
  }
}

import type { Command } from "commander";
import { createProgress, type Progress } from "./progress.ts";

/** What a command gives back: `json` is printed under `--json`, `text` otherwise. */
export type Outcome = {
  json: unknown;
  text: string;
  /** 0 unless a quality gate was missed (100). */
  exitCode?: number;
};

/** What every command gets beside its own options. */
export type Context = {
  /** Aborted on Ctrl-C: long work stops at its next safe point and keeps what it has. */
  signal: AbortSignal;
  /** One line on stderr, on a TTY only. */
  progress: Progress;
  /** A note for the person on stderr (a warning, what was skipped); shown under `--json` too. */
  note(text: string): void;
};

/** Registers one command on the program. Each file of `commands/` exports one. */
export type Register = (program: Command, report: (outcome: Outcome) => void) => void;

/**
 * Wraps a command's work as a commander action: passes the context in and hands the outcome to the printer.
 * @example command.action(action(report, async ([file], options: { seed: number }, context) => …))
 */
export function action<Options>(
  report: (outcome: Outcome) => void,
  work: (args: string[], options: Options, context: Context) => Promise<Outcome>,
): (...parameters: unknown[]) => Promise<void> {
  return async (...parameters) => {
    const command = parameters.at(-1) as Command;
    const abort = new AbortController();
    const interrupt = () => abort.abort(new InterruptedError());
    process.once("SIGINT", interrupt);
    process.once("SIGTERM", interrupt);
    const progress = createProgress(process.stderr);
    try {
      const args = command.processedArgs.flat().filter((arg) => arg !== undefined) as string[];
      report(
        await work(args, command.optsWithGlobals() as Options, {
          signal: abort.signal,
          progress,
          note(text) {
            progress.clear();
            process.stderr.write(`${text}\n`);
          },
        }),
      );
    } finally {
      progress.clear();
      process.off("SIGINT", interrupt);
      process.off("SIGTERM", interrupt);
    }
  };
}

/** Ctrl-C. The command line exits with 130, as shells expect of an interrupted command. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
  constructor() {
    super("interrupted");
  }
}

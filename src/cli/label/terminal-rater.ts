import { emitKeypressEvents } from "node:readline";
import type { Question } from "../../rewards/index.ts";
import { type Rater, type Reply, replyOf } from "./rater.ts";
import { showQuestion } from "./show-question.ts";

/** The part of a terminal that is used. */
type KeyInput = NodeJS.ReadableStream & { setRawMode(raw: boolean): unknown };

type Key = { name?: string; ctrl?: boolean; meta?: boolean };

export type TerminalOptions = {
  value: string;
  input: KeyInput;
  output: NodeJS.WritableStream;
  signal: AbortSignal;
  /** Ctrl-C while no question stands there. */
  interrupt(): void;
};

/**
 * Asks a person, one key an answer. Keys that come while no question stands there (models are being trained) are dropped:
 * they can't be meant for a question that wasn't seen. Ctrl-C and Ctrl-D at a question are `q`.
 */
export function createTerminalRater({ value, input, output, signal, interrupt }: TerminalOptions): Rater {
  let pending: ((reply: Reply) => void) | undefined;
  const answer = (reply: Reply) => {
    output.write(`→ ${words[reply]}\n\n`);
    pending?.(reply);
    pending = undefined;
  };
  const onKey = (text: string | undefined, key: Key) => {
    const stop = key.ctrl === true && (key.name === "c" || key.name === "d");
    if (pending === undefined) {
      if (stop && key.name === "c") interrupt();
      return;
    }
    // arrows and the like have a name of several letters, or come with a modifier
    const reply = stop ? "quit" : key.ctrl || key.meta ? undefined : replyOf(text ?? "");
    if (reply !== undefined) answer(reply);
  };
  const onEnd = () => pending !== undefined && answer("quit");
  emitKeypressEvents(input);
  input.setRawMode(true);
  input.on("keypress", onKey);
  input.on("end", onEnd);
  input.resume();
  return {
    ask(question: Question) {
      signal.throwIfAborted();
      output.write(`${showQuestion(question, value)}`);
      return new Promise((resolve, reject) => {
        const abort = () => {
          pending = undefined;
          reject(signal.reason as Error);
        };
        signal.addEventListener("abort", abort, { once: true });
        pending = (reply) => {
          signal.removeEventListener("abort", abort);
          resolve(reply);
        };
      });
    },
    tell(text) {
      output.write(`${text}\n\n`);
    },
    close() {
      input.off("keypress", onKey);
      input.off("end", onEnd);
      input.setRawMode(false);
      input.pause();
    },
  };
}

const words: Record<Reply, string> = {
  a: "1",
  b: "2",
  tie: "a tie",
  skip: "skipped",
  undo: "undo",
  quit: "quit",
};

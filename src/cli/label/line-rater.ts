import { createInterface } from "node:readline";
import { InputError, show, UsageError } from "../../io/errors.ts";
import type { Question } from "../../rewards/index.ts";
import { KEYS_HELP, type Rater, replyOf } from "./rater.ts";
import { showQuestion } from "./show-question.ts";

export type LineOptions = {
  value: string;
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  signal: AbortSignal;
};

/**
 * Reads answers from a pipe, one key a line, blank lines left out; the end of the input is `q`. The questions are shown
 * all the same, so that a program can read them and answer.
 *
 * @throws (on `ask`) UsageError where there is no line at all, InputError for a line that is no key
 */
export function createLineRater({ value, input, output, signal }: LineOptions): Rater {
  const lines = createInterface({ input, signal })[Symbol.asyncIterator]();
  let read = 0;
  let answered = false;
  const nextKey = async (): Promise<string | undefined> => {
    for (;;) {
      const { value: line, done } = await lines.next();
      signal.throwIfAborted();
      if (done) return undefined;
      read += 1;
      if (line.trim() !== "") return line.trim();
    }
  };
  return {
    async ask(question: Question) {
      output.write(showQuestion(question, value));
      const key = await nextKey();
      if (key === undefined && !answered) throw nobodyAnswers();
      answered = true;
      const reply = key === undefined ? "quit" : replyOf(key);
      if (reply !== undefined) return reply;
      throw new InputError({
        problem: "this line is no answer; those before it are kept",
        file: "stdin",
        line: read,
        found: show(key),
        expected: KEYS_HELP,
      });
    },
    tell(text) {
      output.write(`${text}\n\n`);
    },
    close() {
      void lines.return?.();
      input.pause();
    },
  };
}

export const nobodyAnswers = (): UsageError =>
  new UsageError(
    "nobody answers: stdin is no terminal and holds no line. Run it in a terminal, pipe in one key a line, or let " +
      "the demo world's raters answer (--rater world)",
  );

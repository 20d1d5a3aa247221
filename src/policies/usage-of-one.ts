import { z } from "zod";

const timed = z.object({ predicted_n: z.int() });

/**
 * Whether an answer's `usage` counts one choice of several. llama.cpp's server, asked for n, gives the tokens of the first choice
 * alone, the same that its `timings` give; a sum over all would be larger.
 */
export function countsOneChoice(answer: {
  choices: readonly unknown[];
  usage?: { completion_tokens: number } | null | undefined;
  timings?: unknown;
}): boolean {
  const timings = timed.safeParse(answer.timings);
  return (
    answer.choices.length > 1 &&
    timings.success &&
    timings.data.predicted_n === answer.usage?.completion_tokens
  );
}

/**
 * What every answer is checked for: its form, one reward an item, the order, finite and raw numbers.
 * @module
 */
import type { z } from "zod";
import { show } from "../../io/errors.ts";
import { AnswerError } from "./remote-error.ts";

/** @throws AnswerError naming the field that does not fit */
export function parseAnswer<Schema extends z.ZodType>(schema: Schema, json: unknown): z.output<Schema> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new AnswerError({
    problem: "the answer does not have the form of this protocol",
    found: show(json),
    expected: `${message}${path.length > 0 ? ` at ${path.join(".")}` : ""}`,
    fix: 'Check "protocol" and "url"',
  });
}

/** @throws AnswerError unless there is one an item */
export function checkCount(found: number, expected: number): void {
  if (found === expected) return;
  throw new AnswerError({
    problem: "the answer has the wrong number of rewards",
    found: String(found),
    expected: String(expected),
  });
}

/**
 * Rows in the order of the request. Servers that number their rows may send them in any order.
 * @throws AnswerError unless the indices are 0 … count − 1, each once
 */
export function inOrder<Row extends { index: number }>(rows: readonly Row[], count: number): Row[] {
  checkCount(rows.length, count);
  const sorted = [...rows].sort((a, b) => a.index - b.index);
  const wrong = sorted.findIndex(({ index }, i) => index !== i);
  if (wrong < 0) return sorted;
  throw new AnswerError({
    problem: "the rows of the answer are numbered wrongly, so rewards can't be told apart",
    found: `indices ${show(rows.map(({ index }) => index))}`,
    expected: `0 to ${count - 1}, each once`,
  });
}

/**
 * The reward among one item's outputs.
 *
 * @param output which one; may be absent where there is only one
 * @throws AnswerError where it is not clear which output is meant, or where the outputs are probabilities
 */
export function pickOutput(outputs: readonly number[], output: number | undefined): number {
  if (outputs.length === 0) throw new AnswerError({ problem: "the answer has an item without any number" });
  if (isDistribution(outputs)) {
    throw new AnswerError({
      problem: "the server gives probabilities (they sum to 1), not raw rewards",
      found: show(outputs),
      expected: "numbers as they are before softmax",
      fix: 'Turn the activation off: see "Raw numbers" in docs/remote-rewards.md',
    });
  }
  if (output === undefined && outputs.length > 1) {
    throw new AnswerError({
      problem: "the model has several outputs, and it is not said which one is the reward",
      found: show(outputs),
      expected: "one number",
      fix: 'Name it in the description: "output": 0',
    });
  }
  const reward = outputs[output ?? 0];
  if (reward !== undefined) return reward;
  throw new AnswerError({
    problem: `the model has no output ${output}`,
    found: show(outputs),
    expected: `"output" below ${outputs.length}`,
  });
}

/** Softmax was applied: all within [0, 1], and the sum is 1. Over one output it gives exactly 1, whatever the reward. */
function isDistribution(outputs: readonly number[]): boolean {
  const sum = outputs.reduce((total, each) => total + each, 0);
  return (
    outputs.every((each) => each >= 0 && each <= 1) &&
    Math.abs(sum - 1) < (outputs.length === 1 ? 1e-12 : 1e-3)
  );
}

/** @throws AnswerError naming the first that is not a finite number */
export function checkFinite(rewards: readonly number[]): void {
  const wrong = rewards.findIndex((reward) => !Number.isFinite(reward));
  if (wrong < 0) return;
  throw new AnswerError({
    problem: `reward ${wrong + 1} of ${rewards.length} is not a finite number`,
    found: String(rewards[wrong]),
    expected: "a finite number",
  });
}

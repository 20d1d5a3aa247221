import type { Judgement, Question } from "../../rewards/index.ts";

/** A judgement, the wish to take the last one back, or to stop for now. */
export type Reply = Judgement | "undo" | "quit";

/** Somebody who answers questions. */
export type Rater = {
  ask(question: Question): Promise<Reply>;
  /** Says something that is no question: what a round taught, or why a wish can't be met. */
  tell(text: string): void;
  close(): void;
};

/** What each key means, in the terminal and in lines of a pipe. */
const KEYS: Readonly<Record<string, Reply>> = {
  1: "a",
  a: "a",
  2: "b",
  b: "b",
  t: "tie",
  s: "skip",
  u: "undo",
  q: "quit",
};

export const KEYS_HELP = "1 or 2: that one · t: a tie · s: skip · u: undo · q: quit, all is kept";

export const replyOf = (key: string): Reply | undefined =>
  Object.hasOwn(KEYS, key.toLowerCase()) ? KEYS[key.toLowerCase()] : undefined;

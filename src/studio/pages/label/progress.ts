/** One rater's way through the questions, as plain values. @module */
import type { Act, Reply, SessionQuestion } from "../../../serve/studio/label-types.ts";

export type Progress = {
  questions: readonly SessionQuestion[];
  /** The question that is asked; undefined when all are answered. */
  current: SessionQuestion | undefined;
  answered: number;
  /** The question whose answer an undo takes back. */
  last: SessionQuestion | undefined;
};

export function progressOf(questions: readonly SessionQuestion[]): Progress {
  const answered = questions.filter(({ reply }) => reply !== null);
  return {
    questions,
    current: questions.find(({ reply }) => reply === null),
    answered: answered.length,
    last: answered.reduce<SessionQuestion | undefined>(
      (last, each) => ((each.order ?? -1) > (last?.order ?? -1) ? each : last),
      undefined,
    ),
  };
}

/** What a reply, or an undo, is as an act; undefined where there is nothing to answer or to take back. */
export function actOf({ current, last }: Progress, reply: Reply | "undo"): Act | undefined {
  const at = reply === "undo" ? last : current;
  return at === undefined ? undefined : { question: at.question, turn: at.turns, reply };
}

/** The questions after an act; one that they have seen already, or that is about none of them, changes nothing. */
export function after(
  questions: readonly SessionQuestion[],
  { question, turn, reply }: Act,
): SessionQuestion[] {
  const order = 1 + questions.reduce((most, each) => Math.max(most, each.order ?? -1), -1);
  return questions.map((each) => {
    if (each.question !== question || each.turns !== turn) return each;
    const undone = reply === "undo";
    return { question, turns: turn + 1, reply: undone ? null : reply, order: undone ? null : order };
  });
}

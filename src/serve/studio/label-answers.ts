import type { Judgement } from "../../rewards/index.ts";
import type { ActLine, LabelLogLine } from "./label-log.ts";

/** An answer that was not taken back. */
export type Standing = {
  question: string;
  rater: string;
  judgement: Judgement;
  left: "a" | "b";
  /** Place of its line in the log. */
  order: number;
};

type AtQuestion = { turns: number; undone: number; last: ActLine; standing: Standing | undefined };

/** What stands after a log, by rater and question. */
export class Answers {
  /** By question, then by rater. */
  readonly #acts = new Map<string, Map<string, AtQuestion>>();
  /** The newest sentence for the value, where the log has one. */
  readonly meaning: string | undefined;

  constructor(lines: readonly LabelLogLine[]) {
    for (const [order, line] of lines.entries()) {
      if ("meaning" in line) this.meaning = line.meaning;
      else this.#add(line, order);
    }
  }

  /** Acts of a rater at a question, the last of them, and the answer that stands. */
  at(question: string, rater: string): AtQuestion | undefined {
    return this.#acts.get(question)?.get(rater);
  }

  /** Every question with an act, and who acted there. */
  acted(): [question: string, raters: string[]][] {
    return [...this.#acts].map(([question, byRater]) => [question, [...byRater.keys()]]);
  }

  standingAt(question: string): Standing[] {
    return [...(this.#acts.get(question)?.values() ?? [])].flatMap(({ standing }) => standing ?? []);
  }

  /** In the order in which they were given. */
  standing(): Standing[] {
    return [...this.#acts.keys()]
      .flatMap((question) => this.standingAt(question))
      .sort((a, b) => a.order - b.order);
  }

  /** By name, in order of their first act. */
  raters(): Map<string, { undone: number }> {
    const raters = new Map<string, { undone: number }>();
    for (const byRater of this.#acts.values()) {
      for (const [rater, { undone }] of byRater) {
        raters.set(rater, { undone: (raters.get(rater)?.undone ?? 0) + undone });
      }
    }
    return raters;
  }

  #add(line: ActLine, order: number): void {
    const { question, rater, turn, judgement, left } = line;
    const byRater = this.#acts.get(question) ?? new Map<string, AtQuestion>();
    this.#acts.set(question, byRater);
    const before = byRater.get(rater);
    const turns = before?.turns ?? 0;
    // two servers may both have taken one act: the second line says nothing new
    if (turn !== turns || (judgement === "undo") !== (turn % 2 === 1)) return;
    const standing = judgement === "undo" ? undefined : { question, rater, judgement, left, order };
    const undone = (before?.undone ?? 0) + Number(judgement === "undo");
    byRater.set(rater, { turns: turns + 1, undone, last: line, standing });
  }
}

/** What the raters of one question say together: their majority, or `split` where there is none. Skips don't vote. */
export function verdict(answers: readonly Standing[]): Judgement | "split" | undefined {
  if (answers.length === 0) return undefined;
  const votes = new Map<Judgement, number>();
  for (const { judgement } of answers) {
    if (judgement !== "skip") votes.set(judgement, (votes.get(judgement) ?? 0) + 1);
  }
  if (votes.size === 0) return "skip";
  const most = Math.max(...votes.values());
  const winners = [...votes].filter(([, count]) => count === most);
  return winners.length === 1 ? winners[0]![0] : "split";
}

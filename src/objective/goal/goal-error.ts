/** A goal sentence that can't be used. `message` shows the sentence with a caret under the place. */
export class GoalError extends Error {
  override readonly name = "GoalError";
  readonly sentence: string;
  /** 0-based offset of the place in the sentence. */
  readonly at: number;
  /** What could stand there, where that is the trouble. */
  readonly expected: string[];

  constructor(problem: string, place: { sentence: string; at: number; expected?: string[] }) {
    const expected = place.expected ?? [];
    const hint = expected.length === 0 ? "" : `; expected ${list(expected)}`;
    super(`${problem}${hint}\n  ${place.sentence.replace(/\s/g, " ")}\n  ${" ".repeat(place.at)}^`);
    this.sentence = place.sentence;
    this.at = place.at;
    this.expected = expected;
  }
}

function list(items: string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} or ${items.at(-1)}`;
}

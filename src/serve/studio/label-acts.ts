/** Takes what raters do, and hands what they say together to the collection that learns from it. @module */
import type { FolderLock } from "../../io/folder-lock.ts";
import type { PlannedQuestion } from "../../rewards/collection/question.ts";
import type { Judgement } from "../../rewards/index.ts";
import { ServeError } from "../serve-error.ts";
import { Answers, verdict } from "./label-answers.ts";
import { leftOf } from "./label-assign.ts";
import { type Collected, readCollected } from "./label-collected.ts";
import { type LabelFolder, withStore } from "./label-folder.ts";
import type { ActLine, LabelLog, LabelLogLine } from "./label-log.ts";
import type { Act, Kept } from "./label-types.ts";

/** Who answered in the terminal, by `allgood label`, as the log names them. */
export const TERMINAL = "terminal";

/**
 * Appends acts of a rater to the log; those that stand there already are not appended again. Who calls it holds the folder.
 *
 * @returns for each act what became of it, once all of them are on the disk
 * @throws ServeError where an act is about no question, or one before it is missing; nothing is kept then
 */
export async function takeActs(
  folder: LabelFolder,
  log: LabelLog,
  known: ReadonlySet<string>,
  { rater, acts }: { rater: string; acts: readonly Act[] },
): Promise<Kept[]> {
  await log.read();
  const before = new Answers(log.lines);
  const taken: ActLine[] = [];
  const kept = acts.map(({ question, turn, reply }): Kept => {
    if (!known.has(question))
      throw new ServeError("not_found", `there is no question ${JSON.stringify(question)}`);
    if ((reply === "undo") !== (turn % 2 === 1))
      throw new ServeError("bad_request", `turn ${turn} of question ${question} can't be ${reply}`);
    const left = leftOf(folder.settings.seed, question, rater);
    const act = {
      question,
      rater,
      turn,
      judgement: judgementOf(reply, left),
      left,
      at: new Date().toISOString(),
    };
    const turns =
      (before.at(question, rater)?.turns ?? 0) + taken.filter((line) => line.question === question).length;
    if (turn > turns)
      throw new ServeError("bad_request", `turn ${turns} of question ${question} comes before turn ${turn}`);
    if (turn < turns)
      return { question, turn, state: hasAct([...log.lines, ...taken], act) ? "already" : "other" };
    taken.push(act);
    return { question, turn, state: "saved" };
  });
  await log.append(taken);
  return kept;
}

/** Whether the log has this act, whenever it was. */
const hasAct = (lines: readonly LabelLogLine[], { question, rater, turn, judgement }: ActLine): boolean =>
  lines.some(
    (line) =>
      "turn" in line &&
      line.question === question &&
      line.rater === rater &&
      line.turn === turn &&
      line.judgement === judgement,
  );

/** A collection and the log of its raters, and what one of them does not have of the other yet. */
type Seen = { collected: Collected; log: Answers; apart: boolean };

/**
 * Looks at a folder and changes nothing in it. What was answered in the terminal is among the answers, whether the log
 * has it yet or not.
 */
export async function look(folder: LabelFolder, log: LabelLog): Promise<Seen> {
  const collected = await readCollected(folder.path);
  await log.read();
  const missing = fromTerminal(new Answers(log.lines), collected);
  const answers = new Answers([...log.lines, ...missing]);
  const apart = missing.length > 0 || changesOf(answers, collected).length > 0;
  return { collected, log: answers, apart };
}

/**
 * Brings the log and the collection together: answers given in the terminal come into the log, and the verdicts of the
 * page's raters into the collection, in its open round. What a finished round was learned from stays.
 *
 * @param lock the folder's
 */
export async function reconcile(folder: LabelFolder, log: LabelLog, lock: FolderLock): Promise<Collected> {
  const collected = await readCollected(folder.path);
  await log.read();
  await log.append(fromTerminal(new Answers(log.lines), collected));
  return settle(folder, log, { collected, lock });
}

/** Brings the verdicts of the page's raters into the collection. */
export async function settle(
  folder: LabelFolder,
  log: LabelLog,
  { collected, lock }: { collected: Collected; lock: FolderLock },
): Promise<Collected> {
  const changes = changesOf(new Answers(log.lines), collected);
  if (changes.length === 0) return collected;
  return withStore(folder, lock, async (store) => {
    for (const { planned, wanted } of changes) {
      if (store.answers.has(planned.question)) await store.undo(planned);
      if (wanted !== undefined) await store.judge(planned, wanted);
    }
    return { ...collected, answers: new Map(store.answers) };
  });
}

/** Questions of the open round that the collection has another answer to than the raters of the page. */
function changesOf(answers: Answers, { questions, rounds, answers: has }: Collected) {
  const acted = new Set(answers.acted().map(([question]) => question));
  return questions.flatMap((planned): { planned: PlannedQuestion; wanted: Judgement | undefined }[] => {
    if (planned.round <= rounds.length || !acted.has(planned.question)) return [];
    const said = verdict(answers.standingAt(planned.question));
    // as many for one as for the other: to learn from, that is a tie
    const wanted = said === "split" ? "tie" : said;
    return has.get(planned.question) === wanted ? [] : [{ planned, wanted }];
  });
}

/** Lines that make the log say what the collection says, where no one of the page has acted. */
function fromTerminal(answers: Answers, collected: Collected): ActLine[] {
  const acted = new Map(answers.acted());
  return collected.questions.flatMap(({ question }): ActLine[] => {
    const raters = acted.get(question) ?? [];
    if (raters.some((rater) => rater !== TERMINAL)) return [];
    const there = answers.at(question, TERMINAL);
    const wanted = collected.answers.get(question);
    if (there?.standing?.judgement === wanted) return [];
    const turns = there?.turns ?? 0;
    const line = (turn: number, judgement: Judgement | "undo"): ActLine => ({
      ...{ question, rater: TERMINAL, at: new Date().toISOString(), turn, judgement },
      left: "a",
    });
    const back = there?.standing === undefined ? [] : [line(turns, "undo")];
    return wanted === undefined ? back : [...back, line(turns + back.length, wanted)];
  });
}

function judgementOf(reply: Act["reply"], left: "a" | "b"): ActLine["judgement"] {
  if (reply === "left") return left;
  if (reply === "right") return left === "a" ? "b" : "a";
  return reply;
}

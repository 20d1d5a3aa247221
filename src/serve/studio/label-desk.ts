import { stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../io/errors.ts";
import { type FolderLock, lockFolder, tryLockFolder } from "../../io/folder-lock.ts";
import type { PlannedQuestion } from "../../rewards/collection/question.ts";
import { Collection } from "../../rewards/index.ts";
import { ServeError } from "../serve-error.ts";
import { inside } from "./inside.ts";
import { look, reconcile, settle, takeActs } from "./label-acts.ts";
import { Answers } from "./label-answers.ts";
import type { Collected } from "./label-collected.ts";
import { LabelFinder } from "./label-find.ts";
import { type LabelFolder, openLabelFolder } from "./label-folder.ts";
import { LabelLog } from "./label-log.ts";
import { type Moment, meaningOf, shownQuestion } from "./label-session.ts";
import type { Act, Kept, LabelHome, LabellingCard, ShownQuestion } from "./label-types.ts";

/** What a page sends: whose acts, and of which labelling it takes the folder to be. */
type Sent = { run: string; rater: string; acts: readonly Act[] };

type Open = { folder: LabelFolder; log: LabelLog; questions: readonly PlannedQuestion[] | undefined };

const WHO = "allgood view";

/**
 * The labellings of a folder, each opened when it is first asked for. What changes one waits its turn, and holds the
 * labelling's folder meanwhile: "allgood label" holds it for as long as it runs. One that is held can still be looked at.
 */
export class LabelDesk {
  readonly #root: string;
  readonly #finder: LabelFinder;
  readonly #open = new Map<string, { stamp: string; opening: Promise<Open> }>();
  /** By labelling: the work that came last. */
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(root: string) {
    this.#root = root;
    this.#finder = new LabelFinder(root);
  }

  async home(): Promise<LabelHome> {
    const { labellings, sources } = await this.#finder.find();
    const home: LabelHome = { labellings: [], sources, problems: [] };
    for (const id of labellings) {
      try {
        home.labellings.push(cardOf(await this.moment(id)));
      } catch (error) {
        if (!(error instanceof InputError || error instanceof ServeError)) throw error;
        home.problems.push(error.message);
      }
    }
    return home;
  }

  /** A labelling as it stands, with what the terminal did meanwhile. */
  moment(id: string): Promise<Moment> {
    return this.#inTurn(id, async (open) => {
      const { collected, log, apart } = await look(open.folder, open.log);
      const lock = apart ? await tryLockFolder(open.folder.path, WHO) : undefined;
      if (lock === undefined) return momentOf(open, collected, log);
      try {
        return momentOf(open, await reconcile(open.folder, open.log, lock));
      } finally {
        await lock.release();
      }
    });
  }

  /**
   * Keeps acts; see `takeActs`. They are on the disk, in the log and in the collection, when this resolves.
   * @throws InputError where another process writes to the folder
   */
  take(id: string, { run, rater, acts }: Sent): Promise<Kept[]> {
    return this.#writing(id, async ({ folder, log }, collected, lock) => {
      if (run !== folder.identity)
        throw new ServeError(
          "bad_request",
          `these answers are of another labelling that was called ${id} before`,
        );
      const known = new Set(collected.questions.map(({ question }) => question));
      const kept = await takeActs(folder, log, known, { rater, acts });
      await settle(folder, log, { collected, lock });
      return kept;
    });
  }

  setMeaning(id: string, rater: string, meaning: string): Promise<void> {
    return this.#writing(id, async (open, collected) => {
      if (meaningOf(momentOf(open, collected)) === meaning) return;
      await open.log.append([{ meaning, rater, at: new Date().toISOString() }]);
    });
  }

  /** Doesn't wait its turn: what is shown does not change. */
  async shown(id: string, question: string, rater: string): Promise<ShownQuestion> {
    const open = await this.#opened(id);
    const questions = open.questions ?? (await this.moment(id)).questions;
    const planned = questions.find((each) => each.question === question);
    if (planned === undefined)
      throw new ServeError("not_found", `there is no question ${JSON.stringify(question)}`);
    return shownQuestion(open.folder, planned, rater);
  }

  /**
   * Learns from an answered round and chooses the next one, as `allgood label --resume` would.
   * @throws InputError where there are too few prompts to learn from
   */
  learn(id: string): Promise<void> {
    return this.#writing(id, async (open, { rounds }, lock) => {
      const { path, identity, settings, sets } = open.folder;
      const { value, perRound, choose, seed } = settings;
      const collection = await Collection.open({
        ...{ folder: path, identity, value, perRound, by: choose, seed },
        sets: [...sets.values()],
        rounds: rounds.length + 2,
        lock,
      });
      try {
        await collection.next();
      } finally {
        await collection.close();
        open.questions = undefined;
      }
    });
  }

  async #opened(id: string): Promise<Open> {
    // a folder that was begun anew under the same name is another one
    const path = await inside(this.#root, id);
    const stamp = await stat(join(path, "run.json")).then(
      ({ ino, mtimeMs }) => `${ino} ${mtimeMs}`,
      () => "",
    );
    const known = this.#open.get(path);
    if (known?.stamp === stamp) return known.opening;
    const opening = openLabelFolder(this.#root, id, this.#finder).then((folder) => ({
      folder,
      log: new LabelLog(join(folder.path, "answers.jsonl")),
      questions: undefined,
    }));
    this.#open.set(path, { stamp, opening });
    // a fault may be mended and asked again
    opening.catch(() => this.#open.delete(path));
    return opening;
  }

  /** Work that changes a labelling, on what there is when nobody else writes to it. */
  #writing<T>(
    id: string,
    work: (open: Open, collected: Collected, lock: FolderLock) => Promise<T>,
  ): Promise<T> {
    return this.#inTurn(id, async (open) => {
      const lock = await lockFolder(open.folder.path, { who: WHO });
      try {
        const collected = await reconcile(open.folder, open.log, lock);
        open.questions = collected.questions;
        return await work(open, collected, lock);
      } finally {
        await lock.release();
      }
    });
  }

  async #inTurn<T>(id: string, work: (open: Open) => Promise<T>): Promise<T> {
    const open = await this.#opened(id);
    const { path } = open.folder;
    const before = this.#last.get(path) ?? Promise.resolve();
    const mine = before.then(() => work(open));
    this.#last.set(
      path,
      mine.catch(() => {}),
    );
    return mine;
  }
}

/** @param answers those of the log where absent */
function momentOf(
  open: Open,
  { questions, rounds }: Collected,
  answers = new Answers(open.log.lines),
): Moment {
  open.questions = questions;
  return { folder: open.folder, questions, rounds, answers };
}

function cardOf({ folder, questions, answers }: Moment): LabellingCard {
  const standing = answers.standing();
  return {
    id: folder.id,
    value: folder.settings.value,
    questions: questions.length,
    answered: new Set(standing.map(({ question }) => question)).size,
    raters: [...new Set(standing.map(({ rater }) => rater))],
  };
}

/**
 * Collecting preferences in rounds: choose questions, have them answered, learn from the answers, choose again. Whoever
 * asks (a terminal, a page, a program) takes questions and gives judgements; everything else happens here, and is on the
 * disk before the next step begins, so that a killed collection goes on to the same bytes.
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FolderLock } from "../../io/folder-lock.ts";
import { type CandidateSet, type PreferencePair, promptHash, split } from "../../preferences/index.ts";
import type { Member } from "../ensemble.ts";
import type { ModelInfo } from "../model-info.ts";
import { AskedPairs, chooseQuestions, informationLeft } from "./choose-questions.ts";
import { heldOutQuality, type Learned, learn, saveModel } from "./learn.ts";
import { type Pool, pairOf, poolOf, responseOf } from "./pool.ts";
import type { Judgement, PlannedQuestion, Question } from "./question.ts";
import { roundInformation } from "./round-information.ts";
import type { RoundRecord } from "./round-record.ts";
import { CollectionStore, PREFERENCES } from "./store.ts";

export type CollectionOptions = {
  folder: string;
  /** Names the collection's input and settings; a folder of another one is refused. */
  identity: string;
  /** The human value asked for. */
  value: string;
  /** Prompts with their responses; those with fewer than two distinct ones are left out. */
  sets: readonly CandidateSet[];
  /** Pairs of this value from elsewhere, to learn from too, and the files they come from. */
  earlier?: { pairs: readonly PreferencePair[]; data: ModelInfo["data"] };
  /** Rounds in all. */
  rounds: number;
  /** Questions a round. */
  perRound: number;
  by: "random" | "disagreement";
  /** Of the split by prompt, the questions and the training. */
  seed: number;
  /** The folder's, where the caller holds it and lets go of it; else it is taken, and let go of by `close`. */
  lock?: FolderLock;
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
  onRound?: (round: RoundRecord) => void;
};

export class Collection {
  readonly #options: CollectionOptions;
  readonly #pool: Pool;
  readonly #store: CollectionStore;
  /** What was learned after the last round; learned again where a run goes on. */
  #learned: Learned | undefined;
  #exhausted = false;

  private constructor(options: CollectionOptions, pool: Pool, store: CollectionStore) {
    this.#options = options;
    this.#pool = pool;
    this.#store = store;
  }

  /**
   * Opens a collection, or goes on with the one in its folder.
   * @throws InputError where the prompts are too few, the folder holds another collection or is damaged, or another
   *   process writes to it
   */
  static async open(options: CollectionOptions): Promise<Collection> {
    const { folder, identity, sets, earlier, value, seed, lock } = options;
    const pool = poolOf(sets, earlier?.pairs ?? [], seed);
    const store = await CollectionStore.open(folder, identity, {
      pairOf: (question, winner) => pairOf(pool, question, winner, value),
      ...(lock && { lock }),
    });
    return new Collection(options, pool, store);
  }

  /** What each finished round taught. */
  get rounds(): readonly RoundRecord[] {
    return this.#store.rounds;
  }

  /** Answers so far, by kind; `preferred` ones are the pairs. */
  get answers(): RoundRecord["answers"] {
    return countAnswers([...this.#store.answers.values()]);
  }

  /** Whether all rounds are done, or no pair is left to ask. */
  get finished(): boolean {
    return this.#exhausted || this.rounds.length >= this.#options.rounds;
  }

  /**
   * The next question. Rounds are chosen, and learned from, as they come due, which takes a while.
   * @returns undefined when the collection is finished
   */
  async next(): Promise<Question | undefined> {
    while (!this.finished) {
      this.#options.signal?.throwIfAborted();
      const round = this.rounds.length + 1;
      const questions = this.#questionsOf(round);
      const open = questions.find(({ question }) => !this.#store.answers.has(question));
      if (open !== undefined) return this.#withTexts(open, questions);
      if (questions.length === 0) await this.#chooseRound(round);
      else await this.#learnRound(round);
    }
    return undefined;
  }

  /** Keeps the answer to a question that `next` gave; it is on the disk when the promise resolves. */
  async judge({ question }: Question, judgement: Judgement): Promise<void> {
    await this.#store.judge(this.#planned(question), judgement);
  }

  /**
   * Takes back the last answer of the round at hand; `next` asks it again.
   * @returns false where the round has none: what was learned from stays
   */
  async undo(): Promise<boolean> {
    const last = [...this.#store.answers.keys()].at(-1);
    const question = last === undefined ? undefined : this.#planned(last);
    if (question === undefined || question.round <= this.rounds.length) return false;
    await this.#store.undo(question);
    return true;
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #questionsOf(round: number): PlannedQuestion[] {
    return this.#store.questions.filter((question) => question.round === round);
  }

  #planned(id: string): PlannedQuestion {
    return this.#store.questions.find(({ question }) => question === id)!;
  }

  #withTexts(question: PlannedQuestion, round: readonly PlannedQuestion[]): Question {
    const entry = this.#pool.get(question.promptHash)!;
    return {
      ...question,
      prompt: entry.prompt,
      responseA: responseOf(entry, question.a),
      responseB: responseOf(entry, question.b),
      place: round.indexOf(question) + 1,
      of: round.length,
    };
  }

  async #chooseRound(round: number): Promise<void> {
    const { perRound, by, seed, signal, onProgress } = this.#options;
    const committee = round === 1 && this.#earlierPairs.length === 0 ? undefined : await this.#committee();
    onProgress?.("choosing questions");
    const questions = await chooseQuestions([...this.#pool.values()], this.#asked(), {
      round,
      perRound,
      by,
      seed,
      committee,
      ...(signal && { signal }),
    });
    if (questions.length === 0) this.#exhausted = true;
    else await this.#store.addQuestions(questions);
  }

  async #learnRound(round: number): Promise<void> {
    const { folder, earlier, signal, onRound, value, seed, onProgress } = this.#options;
    const questions = this.#questionsOf(round);
    this.#learned = undefined;
    const learned = await this.#learn();
    const options = { value, seed, ...(signal && { signal }) };
    const collected = this.#store.pairs();
    const all = [...this.#earlierPairs, ...collected];
    const isTrain = ({ prompt }: PreferencePair) => split(promptHash(prompt), seed) === "train";
    const train = all.filter(isTrain).length;
    let taught: Pick<RoundRecord, "heldOut" | "lengthBaseline" | "untrained"> = {};
    let committee: readonly Member[] | undefined;
    if ("untrained" in learned) taught = { untrained: learned.untrained };
    else {
      committee = learned.committee;
      const test = collected.filter(({ part }) => part === "test");
      taught = await heldOutQuality(learned.trained, test, options);
      const bytes = await readFile(join(folder, PREFERENCES));
      const own = { file: PREFERENCES, bytes, pairs: collected.length };
      await saveModel(folder, learned.trained, earlier?.data ?? [], own);
    }
    onProgress?.("measuring what was learned");
    const ofTrain = questions.filter(({ part }) => part === "train");
    const left =
      committee && (await informationLeft([...this.#pool.values()], this.#asked(), committee, signal));
    const record: RoundRecord = {
      round,
      questions: countQuestions(questions),
      answers: countAnswers(questions.map(({ question }) => this.#store.answers.get(question)!)),
      pairs: { train, test: all.length - train },
      ...taught,
      information: {
        ...(await roundInformation(ofTrain, this.#pool, committee, signal)),
        ...(left !== undefined && { left }),
      },
    };
    await this.#store.addRound(record);
    onRound?.(record);
  }

  async #committee(): Promise<readonly Member[] | undefined> {
    if (this.#options.by === "random") return undefined;
    const learned = await this.#learn();
    return "untrained" in learned ? undefined : learned.committee;
  }

  async #learn(): Promise<Learned> {
    const { value, seed, signal, onProgress } = this.#options;
    this.#learned ??= await learn([...this.#earlierPairs, ...this.#store.pairs()], {
      value,
      seed,
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
    return this.#learned;
  }

  get #earlierPairs(): readonly PreferencePair[] {
    return this.#options.earlier?.pairs ?? [];
  }

  #asked(): AskedPairs {
    const asked = new AskedPairs();
    asked.addPairs(this.#earlierPairs.map((pair) => ({ ...pair, promptHash: promptHash(pair.prompt) })));
    for (const { promptHash, a, b } of this.#store.questions) {
      const entry = this.#pool.get(promptHash)!;
      asked.add(promptHash, responseOf(entry, a), responseOf(entry, b));
    }
    return asked;
  }
}

function countAnswers(answers: readonly Judgement[]): RoundRecord["answers"] {
  const count = (...kinds: Judgement[]) => answers.filter((answer) => kinds.includes(answer)).length;
  return { preferred: count("a", "b"), ties: count("tie"), skipped: count("skip") };
}

function countQuestions(questions: readonly PlannedQuestion[]): RoundRecord["questions"] {
  const random = questions.filter(({ by }) => by === "random").length;
  return { random, disagreement: questions.length - random };
}

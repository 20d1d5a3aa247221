/** Who is asked what, in which order, and what stands left. All of it follows from the seed. @module */
import type { PlannedQuestion } from "../../rewards/collection/question.ts";
import { fnv1a, spread } from "../../rewards/hash.ts";
import { createRandom, type Random } from "../../stats/random.ts";
import type { Answers } from "./label-answers.ts";

export type Assignment = {
  questions: readonly PlannedQuestion[];
  seed: number;
  /** Share of the questions that every rater is asked, spread evenly; 0…1. */
  shared: number;
};

/** Which response stands left for a rater. Raters see different sides, so that a habit of side is not shared. */
export function leftOf(seed: number, question: string, rater: string): "a" | "b" {
  return streamOf(seed, `side ${question} ${rater}`).uniform() < 0.5 ? "a" : "b";
}

/**
 * What a rater is asked: the shared questions, and of the others those that no one else has judged (a skip is no
 * judgement). The most informative come first where the questions of a round carry that number; else each rater goes another way through
 * those that are not shared, so that two at work meet late.
 */
export function questionsFor(
  { questions, seed, shared }: Assignment,
  answers: Answers,
  rater: string,
): PlannedQuestion[] {
  const isShared = new Set(questions.filter((_, i) => isMultiple(i, shared)));
  const rounds = [...new Set(questions.map(({ round }) => round))];
  const ordered = rounds.flatMap((round) => {
    const ofRound = questions.filter((question) => question.round === round);
    return byInformation(ofRound) ?? apart(ofRound, isShared, streamOf(seed, `order ${round} ${rater}`));
  });
  return ordered.filter((question) => {
    const others = answers.standingAt(question.question).filter((standing) => standing.judgement !== "skip");
    return (
      isShared.has(question) || others.length === 0 || answers.at(question.question, rater) !== undefined
    );
  });
}

/** True at every place where the count of shared questions so far steps up. */
const isMultiple = (i: number, share: number) => Math.floor((i + 1) * share) > Math.floor(i * share);

/** Those with a number by that number; the random ones, which measure, keep their places between them. */
function byInformation(questions: readonly PlannedQuestion[]): PlannedQuestion[] | undefined {
  const told = questions.filter(({ information }) => information !== undefined);
  if (told.length === 0) return undefined;
  const sorted = told.toSorted((a, b) => b.information! - a.information!).values();
  return questions.map((question) => (question.information === undefined ? question : sorted.next().value!));
}

function apart(
  questions: readonly PlannedQuestion[],
  isShared: ReadonlySet<PlannedQuestion>,
  random: Random,
): PlannedQuestion[] {
  const others = random.shuffle(questions.filter((question) => !isShared.has(question))).values();
  return questions.map((question) => (isShared.has(question) ? question : others.next().value!));
}

const streamOf = (seed: number, name: string): Random => createRandom(spread(fnv1a(`${seed} ${name}`)));

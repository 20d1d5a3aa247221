/** What the page shows of a labelling: the way of one rater through it, and what all of them said. @module */

import { contentOf } from "../../rewards/collection/identity.ts";
import type { PlannedQuestion } from "../../rewards/collection/question.ts";
import type { RoundRecord } from "../../rewards/index.ts";
import { agreements, leftShare } from "./label-agreement.ts";
import type { Answers, Standing } from "./label-answers.ts";
import { leftOf, questionsFor } from "./label-assign.ts";
import { byAnswer, byMajority, hhRow } from "./label-export.ts";
import { type LabelFolder, withTexts } from "./label-folder.ts";
import type { RaterSummary, Reply, Results, Session, ShownQuestion } from "./label-types.ts";

/** A labelling at one moment. */
export type Moment = {
  folder: LabelFolder;
  questions: readonly PlannedQuestion[];
  rounds: readonly RoundRecord[];
  answers: Answers;
};

export const meaningOf = ({ folder, answers }: Moment): string => answers.meaning ?? folder.meaning;

export function sessionOf(moment: Moment, rater: string): Session {
  const { folder, questions, answers } = moment;
  const { seed, value } = folder.settings;
  const ordered = questionsFor({ questions, seed, shared: folder.shared }, answers, rater);
  return {
    id: folder.id,
    run: folder.identity,
    value,
    meaning: meaningOf(moment),
    questions: ordered.map(({ question }) => {
      const at = answers.at(question, rater);
      const standing = at?.standing;
      return {
        question,
        turns: at?.turns ?? 0,
        reply: standing === undefined ? null : replyOf(standing),
        order: standing?.order ?? null,
      };
    }),
  };
}

/** A question with its sides as this rater sees them, and nothing else. */
export function shownQuestion(folder: LabelFolder, planned: PlannedQuestion, rater: string): ShownQuestion {
  const { question, prompt, responseA, responseB } = withTexts(folder, planned);
  const [left, right] =
    leftOf(folder.settings.seed, question, rater) === "a" ? [responseA, responseB] : [responseB, responseA];
  return { question, prompt, left, right };
}

export function resultsOf(moment: Moment): Results {
  const { folder, questions, answers } = moment;
  const { value } = folder.settings;
  const standing = answers.standing();
  const promptOf = new Map(questions.map(({ question, promptHash }) => [question, promptHash]));
  const texts = questions.map((question) => withTexts(folder, question));
  const { pairs, ...leftOut } = byMajority(value, texts, answers);
  return {
    id: folder.id,
    value,
    meaning: meaningOf(moment),
    questions: questions.length,
    answered: new Set(standing.map(({ question }) => question)).size,
    raters: [...answers.raters()].map(([rater, { undone }]) =>
      summaryOf(
        rater,
        undone,
        standing.filter((each) => each.rater === rater),
      ),
    ),
    leftShare: leftShare(standing),
    agreements: agreements(standing, (question) => promptOf.get(question) ?? question),
    exports: {
      pairs: pairs.length,
      each: byAnswer(value, texts, answers).length,
      ...leftOut,
      notInHh: pairs.filter((pair) => hhRow(pair) === undefined).length,
      file: folder.id === "." ? "preferences.jsonl" : `${folder.id}/preferences.jsonl`,
    },
    round: roundOf(moment),
  };
}

function roundOf({ folder, questions, rounds, answers }: Moment): Results["round"] {
  const round = questions.reduce((last, question) => Math.max(last, question.round), 1);
  const ofRound = questions.filter((question) => question.round === round);
  const refused =
    folder.settings.data === contentOf([])
      ? null
      : 'It also learns from files that --data named: "allgood label --resume" chooses the next questions.';
  return {
    round,
    open: ofRound.filter(({ question }) => answers.standingAt(question).length === 0).length,
    refused,
    taught: rounds.map((record) => ({
      round: record.round,
      pairs: record.pairs.train,
      accuracy:
        record.heldOut === undefined ? null : { value: record.heldOut.accuracy, ci95: record.heldOut.ci95 },
      lengthAlone: record.lengthBaseline?.accuracy ?? null,
    })),
  };
}

function summaryOf(rater: string, undone: number, standing: readonly Standing[]): RaterSummary {
  const replies = standing.map(replyOf);
  const count = (reply: Reply) => replies.filter((each) => each === reply).length;
  return {
    rater,
    left: count("left"),
    right: count("right"),
    ties: count("tie"),
    skipped: count("skip"),
    undone,
    leftShare: leftShare(standing),
  };
}

function replyOf({ judgement, left }: Standing): Reply {
  if (judgement === "a" || judgement === "b") return judgement === left ? "left" : "right";
  return judgement;
}

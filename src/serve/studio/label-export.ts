/** Answers as preference pairs, in the two forms that trainers read. @module */
import type { Message } from "../../preferences/index.ts";
import { cutLastAssistantTurn, parseTranscript } from "../../preferences/transcript.ts";
import { type Answers, type Standing, verdict } from "./label-answers.ts";
import type { LabelQuestion } from "./label-folder.ts";

/** A preferred response beside the other one. */
export type LabelledPair = {
  id: string;
  prompt: Message[];
  chosen: string;
  rejected: string;
  value: string;
  question: LabelQuestion;
  rater?: string;
};

export type Outcome = {
  pairs: LabelledPair[];
  /** Left out: no response was preferred. */
  ties: number;
  skipped: number;
  split: number;
};

/** One pair a question, by majority of its raters. */
export function byMajority(value: string, questions: readonly LabelQuestion[], answers: Answers): Outcome {
  const outcome: Outcome = { pairs: [], ties: 0, skipped: 0, split: 0 };
  for (const question of questions) {
    const said = verdict(answers.standingAt(question.question));
    if (said === "tie") outcome.ties += 1;
    else if (said === "skip") outcome.skipped += 1;
    else if (said === "split") outcome.split += 1;
    else if (said !== undefined)
      outcome.pairs.push(pairOf(`${value}.${question.question}`, value, question, said));
  }
  return outcome;
}

/** One pair an answer, each with its rater. */
export function byAnswer(
  value: string,
  questions: readonly LabelQuestion[],
  answers: Answers,
): LabelledPair[] {
  const byId = new Map(questions.map((question) => [question.question, question]));
  return answers.standing().flatMap(({ question: id, rater, judgement }: Standing) => {
    const question = byId.get(id);
    if (question === undefined || (judgement !== "a" && judgement !== "b")) return [];
    return [{ ...pairOf(`${value}.${id}.${rater}`, value, question, judgement), rater }];
  });
}

/** TRL's explicit prompt, in its conversational form; as `allgood label` writes it. */
export function trlRow({ id, prompt, chosen, rejected, value, question, rater }: LabelledPair): object {
  const { round, part, by } = question;
  return {
    id,
    prompt,
    chosen: [{ role: "assistant", content: chosen }],
    rejected: [{ role: "assistant", content: rejected }],
    value,
    ...{ round, part, by },
    ...(rater !== undefined && { rater }),
  };
}

/**
 * The pair as two transcripts of Anthropic's HH, where that form can hold it: it has no system turn, and a text with a
 * turn's mark inside would be read back as something else. White space at the ends of turns is lost, as it is in HH.
 */
export function hhRow({
  prompt,
  chosen,
  rejected,
}: LabelledPair): { chosen: string; rejected: string } | undefined {
  const turns = prompt.map(({ role, content }) => ({ role, content: content.trim() }));
  const before = turns
    .map(({ role, content }) => `\n\n${role === "user" ? "Human" : "Assistant"}: ${content}`)
    .join("");
  const side = (whole: string) => {
    const response = whole.trim();
    const text = `${before}\n\nAssistant: ${response}`;
    const cut = cutLastAssistantTurn(text);
    const same =
      cut?.response === response && JSON.stringify(parseTranscript(cut.before)) === JSON.stringify(turns);
    return same ? text : undefined;
  };
  const texts = { chosen: side(chosen), rejected: side(rejected) };
  if (texts.chosen === undefined || texts.rejected === undefined || texts.chosen === texts.rejected)
    return undefined;
  return { chosen: texts.chosen, rejected: texts.rejected };
}

function pairOf(id: string, value: string, question: LabelQuestion, winner: "a" | "b"): LabelledPair {
  const { prompt, responseA, responseB } = question;
  const [chosen, rejected] = winner === "a" ? [responseA, responseB] : [responseB, responseA];
  return { id, prompt, chosen, rejected, value, question };
}

import type { Question } from "../../rewards/index.ts";
import { KEYS_HELP } from "./rater.ts";

/** A question as a person sees it. Nothing tells how it was chosen, or which response came from where. */
export function showQuestion(question: Question, value: string): string {
  const { round, place, of, prompt, responseA, responseB } = question;
  const turns = prompt.map(({ role, content }) => `${role}: ${printable(content)}`);
  return [
    `──── round ${round}, question ${place} of ${of} ────`,
    "",
    ...turns,
    "",
    `[1] ${printable(responseA)}`,
    "",
    `[2] ${printable(responseB)}`,
    "",
    `Which is more ${value}?  ${KEYS_HELP}`,
    "",
  ].join("\n");
}

/** Text from data without escapes for the terminal and without marks that reorder a line; an empty one is said. */
function printable(text: string): string {
  const safe = text
    .replace(/\r\n?/g, "\n")
    .replace(/(?![\n\t])[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
  return safe.trim() === "" ? "(empty)" : safe;
}

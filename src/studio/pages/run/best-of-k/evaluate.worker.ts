/** Evaluates edits beside the page, so that the page stays smooth however many rows there are. @module */
import type { Edit } from "./edit.ts";
import { evaluateEdit, type Outcome } from "./evaluate-edit.ts";
import { type ExplainedCandidate, explainPrompt } from "./explain-prompt.ts";
import { type RunRows, readRunRows } from "./run-rows.ts";

export type Question =
  | { kind: "load"; buffer: ArrayBuffer; seed: number }
  | { kind: "evaluate"; id: number; edit: Edit }
  | { kind: "explain"; id: number; edit: Edit; prompt: number };

export type Answer =
  | { kind: "evaluated"; id: number; outcome: Outcome }
  | { kind: "explained"; id: number; candidates: ExplainedCandidate[] }
  | { kind: "failed"; id: number; message: string };

/** The few members of a worker's global scope that are used; its types and the page's can't be loaded together. */
type Scope = {
  postMessage(answer: Answer): void;
  addEventListener(type: "message", listener: (event: MessageEvent<Question>) => void): void;
};
const scope = globalThis as unknown as Scope;

let loaded: { rows: RunRows; seed: number } | undefined;

scope.addEventListener("message", ({ data }) => {
  if (data.kind === "load") {
    loaded = { rows: readRunRows(data.buffer), seed: data.seed };
    return;
  }
  try {
    scope.postMessage(answer(data));
  } catch (error) {
    scope.postMessage({
      kind: "failed",
      id: data.id,
      message: error instanceof Error ? error.message : String(error),
    });
  }
});

function answer(question: Exclude<Question, { kind: "load" }>): Answer {
  if (loaded === undefined) throw new TypeError("the rows are not loaded");
  const { rows, seed } = loaded;
  const { id, edit } = question;
  if (question.kind === "evaluate") return { kind: "evaluated", id, outcome: evaluateEdit(rows, edit, seed) };
  return { kind: "explained", id, candidates: explainPrompt(rows, edit, question.prompt) };
}

/**
 * Preference data of every usual format as one type, with splits that never tear a prompt apart.
 * @module
 */
export { type Fault, InputError, UsageError } from "../io/errors.ts";
export { type CandidateRow, openCandidateRows } from "./candidate-rows.ts";
export { parseDialogueText, splitDialogueText } from "./dialogue-text.ts";
export {
  type CandidatesInspection,
  type Inspection,
  inspect,
  type Lengths,
  type PairsInspection,
} from "./inspect.ts";
export type { BadRows, ReadOptions } from "./open.ts";
export { parsePrompt } from "./parse-prompt.ts";
export { promptHash } from "./prompt-hash.ts";
export { type CandidatesRead, readCandidates } from "./read-candidates.ts";
export { defaultValue, type PairsRead, type ReadPairsOptions, readPairs } from "./read-pairs.ts";
export { type PromptsRead, readPrompts } from "./read-prompts.ts";
export type { CandidateDraft, CandidateSetDraft, Place } from "./reader.ts";
export { half, split } from "./split.ts";
export type { Candidate, CandidateSet, Message, PreferencePair } from "./types.ts";

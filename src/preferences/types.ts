/** One turn of a dialogue. */
export type Message = { role: "system" | "user" | "assistant"; content: string };

/** One human (or simulated) judgement: at `prompt`, for this `value`, `chosen` was preferred to `rejected`. */
export type PreferencePair = {
  /** Unique within its file; taken from the file where it has ids, else the row's line; `.<k>` where a row has several. */
  id: string;
  /** The dialogue so far. Its last message is the user's, but for the few dialogues where the assistant speaks twice. */
  prompt: Message[];
  chosen: string;
  rejected: string;
  /** The human value judged: `helpful`, `harmless`, `factual`, … */
  value: string;
  /** By how much chosen should win, in reward units, where the file says so. */
  margin?: number;
  /** How much this pair counts; 1 where absent. */
  weight?: number;
  /** The part of a benchmark that it belongs to (RewardBench), where the file says so. */
  subset?: string;
  /** `<file>:<line>`, for error messages and provenance. */
  source: string;
};

/** One response that could be chosen for a prompt. */
export type Candidate = {
  /** Unique within its set; taken from the file where it has ids, else the position in the set, from 1. */
  id: string;
  response: string;
  /** True or human-judged values in 0…1 where the file has them (1 = good). Never seen by what chooses; only evaluation reads it. */
  truth?: Record<string, number>;
  /** Raw rewards by column or value name where the file has them already. */
  rewards?: Record<string, number>;
};

/** A prompt with the responses to choose among: what a base policy sampled. */
export type CandidateSet = {
  /** `promptHash(prompt)`. */
  promptHash: string;
  prompt: Message[];
  candidates: Candidate[];
  /** `<file>:<line>` of its first row. */
  source: string;
};

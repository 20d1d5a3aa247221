/** What the labelling page and the server say to each other. Types only: both sides import them. @module */
import type { Message } from "../../preferences/index.ts";

/** What a rater does at a question; the sides are those that this rater sees. */
export type Reply = "left" | "right" | "tie" | "skip";

/**
 * One act of a rater at a question. `turn` counts the acts there, from 0: an even one answers, an odd one takes the answer
 * back. So an act that is sent twice is known, and kept once.
 */
export type Act = { question: string; turn: number; reply: Reply | "undo" };

/** `saved` now, `already` there, or `other`: there is another act of that rater at this turn, which stays. */
export type Kept = { question: string; turn: number; state: "saved" | "already" | "other" };

export type LabellingCard = {
  /** Its folder, relative to the one that is looked at. */
  id: string;
  value: string;
  questions: number;
  /** Questions with at least one answer. */
  answered: number;
  raters: string[];
};

export type LabelHome = {
  labellings: LabellingCard[];
  /** Files with prompts and responses, relative to the folder that is looked at. */
  sources: { path: string; bytes: number }[];
  /** Why something that looks like a labelling can't be continued here. */
  problems: string[];
};

export type NewLabelling = {
  value: string;
  meaning: string;
  sources: string[];
  questions: number;
  /** Share of the questions that every rater is asked, 0…1. */
  shared: number;
  seed: number;
};

export type SessionQuestion = {
  question: string;
  /** Acts of this rater so far. */
  turns: number;
  /** The answer that stands. */
  reply: Reply | null;
  /** Place of that answer in the log, to take the last one back first. */
  order: number | null;
};

export type Session = {
  id: string;
  /** Names the labelling by its settings: another one that gets the same folder later has another. */
  run: string;
  value: string;
  meaning: string;
  /** All that this rater is asked, in this rater's order. */
  questions: SessionQuestion[];
};

/** A question as it is shown: nothing says which response came from where. */
export type ShownQuestion = { question: string; prompt: Message[]; left: string; right: string };

export type Interval = { value: number; ci95: [number, number] };

export type RaterSummary = {
  rater: string;
  left: number;
  right: number;
  ties: number;
  skipped: number;
  undone: number;
  /** Share of the left one among answers that prefer one; null where there is none. */
  leftShare: Interval | null;
};

export type Agreement = {
  raters: [string, string];
  /** Questions that both judged; a skip is no judgement. */
  questions: number;
  share: Interval;
  /** Cohen's kappa; null where both always say the same one thing, which leaves it undefined. */
  kappa: Interval | null;
};

export type Results = {
  id: string;
  value: string;
  meaning: string;
  questions: number;
  answered: number;
  raters: RaterSummary[];
  leftShare: Interval | null;
  agreements: Agreement[];
  exports: {
    /** One a question, by majority. */
    pairs: number;
    /** One an answer. */
    each: number;
    ties: number;
    skipped: number;
    /** Questions where as many prefer one as the other. */
    split: number;
    /** Pairs (by majority) that HH transcripts can't hold. */
    notInHh: number;
    /** Where the pairs by majority lie, relative to the folder that is looked at. */
    file: string;
  };
  round: {
    round: number;
    /** Questions of the round that no one has answered. */
    open: number;
    /** Why the next round can't be chosen here; null where it can. */
    refused: string | null;
    /** What finished rounds taught: accuracy on new prompts. */
    taught: { round: number; pairs: number; accuracy: Interval | null; lengthAlone: number | null }[];
  };
};

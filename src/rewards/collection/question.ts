/**
 * What is asked while preferences are collected, and what was answered.
 * @module
 */
import { z } from "zod";
import type { CandidateSet, Message } from "../../preferences/index.ts";

/** A question as it is stored: two responses to one prompt, by id, in the order in which they are shown. */
export const plannedQuestionSchema = z.object({
  /** `<round>.<place in the round>`. */
  question: z.string(),
  /** From 1. */
  round: z.int().min(1),
  /** `test`: at a prompt that no model of this collection is trained on. */
  part: z.enum(["train", "test"]),
  /** How it was chosen. Questions of the test part always are random. */
  by: z.enum(["random", "disagreement"]),
  promptHash: z.string(),
  a: z.string(),
  b: z.string(),
  /** What its answer was expected to tell, in nats: see `mutualInformation`. Absent while there is no model. */
  information: z.number().exactOptional(),
});

export type PlannedQuestion = z.output<typeof plannedQuestionSchema>;

/** A question with its texts. */
export type Question = PlannedQuestion & {
  prompt: Message[];
  responseA: string;
  responseB: string;
  /** Place in its round, from 1, and the number of questions in the round. */
  place: number;
  of: number;
};

/** `a`, `b`: that one is better. `tie`: neither is. `skip`: no answer. */
export const JUDGEMENTS = ["a", "b", "tie", "skip"] as const;

export type Judgement = (typeof JUDGEMENTS)[number];

/** One line of the log. `undo` takes back the judgement that the same question got before. */
export const logLineSchema = z.object({ question: z.string(), judgement: z.enum([...JUDGEMENTS, "undo"]) });

export type LogLine = z.output<typeof logLineSchema>;

/** A prompt with its distinct responses: what questions are made of. */
export type PoolEntry = CandidateSet & { part: "train" | "test" };

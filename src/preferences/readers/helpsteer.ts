import { z } from "zod";
import { id, number, prompt } from "../fields.ts";
import { type LeftOut, type PairDraft, type Place, parseRow, type Reader } from "../reader.ts";
import type { Message } from "../types.ts";

const aspects = ["helpfulness", "correctness", "coherence", "complexity", "verbosity"] as const;
const rating = number.refine((value) => value >= 0 && value <= 4, "a rating from 0 to 4");
const ratingSchema = z.object({
  prompt,
  response: z.string(),
  helpfulness: rating,
  correctness: rating,
  coherence: rating,
  complexity: rating,
  verbosity: rating,
  id,
});

/** HelpSteer 1 and 2: one response a row, rated 0…4 on five aspects; rows of one prompt are compared. */
export const helpsteer: Reader = {
  name: "helpsteer",
  about:
    "prompt, response, helpfulness, correctness, coherence, complexity, verbosity (HelpSteer, HelpSteer2)",
  columns: ["prompt", "response", ...aspects],
  matches: (row) => "response" in row && aspects.every((aspect) => aspect in row),
  pairsFromTruth: true,
  candidates(row, place) {
    const { prompt, response, id, ...ratings } = parseRow(ratingSchema, row, place);
    const truth = Object.fromEntries(aspects.map((aspect) => [aspect, ratings[aspect] / 4]));
    return { prompt, candidates: [{ response, id, truth }] };
  },
};

const strength = number.refine((value) => Math.abs(value) <= 3, "a preference from −3 to 3");
const helpsteer2 = z.object({
  prompt,
  response_1: z.string(),
  response_2: z.string(),
  preference_strength: strength,
  id,
});
const helpsteer3 = z.object({
  response1: z.string(),
  response2: z.string(),
  overall_preference: strength,
  id,
});
const prompted = z.object({ prompt });
const context = z.object({ context: prompt });

/** HelpSteer2-Preference and HelpSteer3: two responses and a preference from −3 (first much better) to 3 (second). */
export const helpsteerPreference: Reader = {
  name: "helpsteer-preference",
  about: "two responses and preference_strength or overall_preference (HelpSteer2-Preference, HelpSteer3)",
  columns: [
    "prompt",
    "context",
    "response_1",
    "response_2",
    "preference_strength",
    "response1",
    "response2",
    "overall_preference",
  ],
  matches: (row) => "preference_strength" in row || ("overall_preference" in row && "response1" in row),
  pairs(row, place) {
    if (isRecord(row) && "preference_strength" in row) {
      const { prompt, response_1, response_2, preference_strength, id } = parseRow(helpsteer2, row, place);
      return [decide(prompt, response_1, response_2, preference_strength, id)];
    }
    const { response1, response2, overall_preference, id } = parseRow(helpsteer3, row, place);
    return [decide(contextOf(row, place), response1, response2, overall_preference, id)];
  },
};

const isRecord = (row: unknown): row is Record<string, unknown> => typeof row === "object" && row !== null;

const contextOf = (row: unknown, place: Place): Message[] =>
  isRecord(row) && "context" in row
    ? parseRow(context, row, place).context
    : parseRow(prompted, row, place).prompt;

function decide(
  prompt: Message[],
  first: string,
  second: string,
  preference: number,
  id: string | undefined,
): PairDraft | LeftOut {
  if (preference === 0) return { leftOut: "a tie" };
  const [chosen, rejected] = preference < 0 ? [first, second] : [second, first];
  return { prompt, chosen, rejected, id };
}

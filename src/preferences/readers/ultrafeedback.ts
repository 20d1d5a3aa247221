import { z } from "zod";
import { id, listOf, number, objectOf, optional, prompt } from "../fields.ts";
import { type CandidateDraft, type LeftOut, parseRow, type Reader } from "../reader.ts";
import { withPrompt } from "../same-prompt.ts";
import { explicitSchema } from "./trl.ts";

const annotation = z.object({ Rating: z.union([z.string(), z.number()], "a rating") });
const completions = listOf(
  z.object({
    response: z.string(),
    model: optional(z.string()),
    annotations: objectOf(z.union([annotation, z.array(annotation)], "an object with a Rating")),
  }),
);
const schema = z.object({ instruction: prompt, completions, id });

/** UltraFeedback as published: several completions, each rated 1…5 on several aspects; "N/A" is no rating. */
export const ultrafeedback: Reader = {
  name: "ultrafeedback",
  about: "instruction, completions[].annotations.<aspect>.Rating (UltraFeedback)",
  columns: ["source", "instruction", "models", "completions", "correct_answers", "incorrect_answers"],
  matches: (row) => "instruction" in row && "completions" in row,
  pairsFromTruth: true,
  candidates(row, place) {
    const { instruction, completions } = parseRow(schema, row, place);
    return { prompt: instruction, candidates: completions.map(rated) };
  },
};

function rated({ response, model, annotations }: z.output<typeof completions>[number]): CandidateDraft {
  const truth: Record<string, number> = {};
  for (const [aspect, given] of Object.entries(annotations)) {
    const rating = Number((Array.isArray(given) ? given[0] : given)?.Rating);
    if (rating >= 1 && rating <= 5) truth[aspect] = (rating - 1) / 4;
  }
  return { response, id: model, truth };
}

const binarizedSchema = explicitSchema.extend({
  prompt_id: id,
  score_chosen: optional(number),
  score_rejected: optional(number),
});
const tie: LeftOut = { leftOut: "a tie: the two scores are equal" };

/** UltraFeedback, binarized: explicit pairs as message lists. The scores only tell ties; they are not margins. */
export const ultrafeedbackBinarized: Reader = {
  name: "ultrafeedback-binarized",
  about: "prompt, chosen, rejected, score_chosen, score_rejected (UltraFeedback, binarized)",
  columns: ["prompt", "prompt_id", "chosen", "rejected", "messages", "score_chosen", "score_rejected"],
  matches: (row) =>
    ["prompt", "chosen", "rejected", "score_chosen", "score_rejected"].every((name) => name in row),
  pairs(row, place) {
    const parsed = parseRow(binarizedSchema, row, place);
    const { prompt, chosen, rejected, prompt_id, score_chosen, score_rejected, ...rest } = parsed;
    if (score_chosen !== undefined && score_chosen === score_rejected) return [tie];
    return [{ ...withPrompt(prompt, chosen, rejected), ...rest, id: rest.id ?? prompt_id }];
  },
};

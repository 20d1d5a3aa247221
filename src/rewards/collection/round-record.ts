import { z } from "zod";

const ratio = z.number().min(0).max(1);
const interval = z.tuple([z.number(), z.number()]);
const count = z.int().min(0);

/** One line of `rounds.jsonl`: what a round taught. */
export const roundSchema = z.object({
  round: z.int().min(1),
  /** Asked in this round. */
  questions: z.object({ random: count, disagreement: count }),
  /** Given in this round. */
  answers: z.object({ preferred: count, ties: count, skipped: count }),
  /** All pairs after this round, those of earlier collections included. */
  pairs: z.object({ train: count, test: count }),
  /** Why no model could be trained yet. */
  untrained: z.string().exactOptional(),
  /**
   * The model after this round, on the answers of this collection's test part so far: random questions at prompts that no
   * model was trained on.
   */
  heldOut: z.object({ pairs: count, prompts: count, accuracy: ratio, ci95: interval }).exactOptional(),
  /** On the same answers: always the longer response, or always the shorter one. */
  lengthBaseline: z
    .object({ direction: z.enum(["longer", "shorter"]), accuracy: ratio, ci95: interval })
    .exactOptional(),
  /** Nats an answer was expected to tell, on average: see `mutualInformation`. */
  information: z.object({
    /** Over this round's questions of the training part, by the models before the round. */
    before: z.number().exactOptional(),
    /** Over the same questions, by the models that have learned from the answers. */
    after: z.number().exactOptional(),
    /** Over all pairs of the training part that were not asked yet, by the models after the round. */
    left: z.number().exactOptional(),
  }),
});

export type RoundRecord = z.output<typeof roundSchema>;

import { z } from "zod";
import { listOf, number } from "../fields.ts";
import { type LeftOut, type PairDraft, parseRow, type Reader } from "../reader.ts";
import type { Message } from "../types.ts";

const value = "factual";
const winner = number.refine(
  (found) => [0, 1, 2].includes(found),
  "0 (tie), 1 (first better) or 2 (second better)",
);
const schema = z.object({
  question: z.string(),
  passages: listOf(listOf(z.string())),
  "prediction 1": z.string(),
  "prediction 2": z.string(),
  "prediction 3": z.string(),
  "prediction 4": z.string(),
  preference: listOf(winner).refine((list) => list.length === 6, "six numbers, one a pair of predictions"),
});
type Row = z.output<typeof schema>;

/** The two predictions (from 0) that each of the six preferences compares. */
const compared = [
  [0, 1],
  [0, 2],
  [0, 3],
  [1, 2],
  [1, 3],
  [2, 3],
] as const;

/**
 * FineGrained-RLHF (Wu et al. 2023): four predictions, all six comparisons. The passages stand in the prompt as a system
 * message, because a response is factual with respect to them.
 */
export const finegrained: Reader = {
  name: "finegrained-rlhf",
  about: "question, passages, prediction 1…4, preference (FineGrained-RLHF)",
  columns: [
    "question",
    "passages",
    "prediction 1",
    "prediction 2",
    "prediction 3",
    "prediction 4",
    "preference",
  ],
  matches: (row) => "question" in row && "prediction 1" in row && "preference" in row,
  pairs(row, place) {
    const parsed = parseRow(schema, row, place);
    const predictions = predictionsOf(parsed);
    const prompt = promptOf(parsed);
    return compared.map(([a, b], k): PairDraft | LeftOut => {
      const better = parsed.preference[k]!;
      if (better === 0) return { leftOut: "a tie", value };
      const [chosen, rejected] = better === 1 ? [a, b] : [b, a];
      return {
        prompt,
        chosen: predictions[chosen]!,
        rejected: predictions[rejected]!,
        value,
      };
    });
  },
  candidates(row, place) {
    const parsed = parseRow(schema, row, place);
    const candidates = predictionsOf(parsed).map((response, i) => ({
      response,
      id: `prediction ${i + 1}`,
      truth: { [value]: shareWon(i, parsed.preference) },
    }));
    return { prompt: promptOf(parsed), candidates };
  },
};

const predictionsOf = (row: Row) => [
  row["prediction 1"],
  row["prediction 2"],
  row["prediction 3"],
  row["prediction 4"],
];

function promptOf({ question, passages }: Row): Message[] {
  const content = passages.map((sentences) => sentences.join("\n")).join("\n\n");
  const user: Message = { role: "user", content: question };
  return passages.length === 0 ? [user] : [{ role: "system", content }, user];
}

/** The share of its three comparisons that a prediction won; a tie is half a win. */
function shareWon(prediction: number, preference: readonly number[]): number {
  let won = 0;
  compared.forEach(([a, b], k) => {
    const better = preference[k]!;
    if (a === prediction) won += better === 0 ? 0.5 : Number(better === 1);
    if (b === prediction) won += better === 0 ? 0.5 : Number(better === 2);
  });
  return won / 3;
}

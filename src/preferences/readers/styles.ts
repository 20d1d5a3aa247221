import { z } from "zod";
import { objectOf, prompt } from "../fields.ts";
import { parseRow, type Reader } from "../reader.ts";

/** The styles that count as creative; the others are the plain ones. */
const creative = new Set(["literature", "entertainment"]);
const styles = ["academy", "business", "entertainment", "literature", "normal"];

const responses = objectOf(z.string()).refine(
  (found) => styles.every((style) => style in found),
  `one response for each of ${styles.join(", ")}`,
);
const schema = z.object({ query: prompt, responses });

/** Domain-specific preference (DSP): one response a style. Literature and entertainment are the creative ones. */
export const styleResponses: Reader = {
  name: "styles",
  about: `query, responses by style: ${styles.join(", ")} (domain-specific preference)`,
  columns: ["query", "responses"],
  matches: (row) => "query" in row && "responses" in row,
  pairsFromTruth: true,
  candidates(row, place) {
    const { query, responses } = parseRow(schema, row, place);
    return {
      prompt: query,
      candidates: styles.map((style) => ({
        id: style,
        response: responses[style]!,
        truth: { creative: creative.has(style) ? 1 : 0 },
      })),
    };
  },
};

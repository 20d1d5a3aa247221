import { z } from "zod";
import { InputError } from "../../io/errors.ts";
import { listOf, number } from "../fields.ts";
import { type Place, parseRow, type Reader } from "../reader.ts";
import { withPrompt } from "../same-prompt.ts";

const schema = z.object({
  text: listOf(z.string()).refine((list) => list.length === 2, "two texts"),
  score: listOf(number).refine((list) => list.length === 2, "two numbers"),
});
const marker = "## Assistant:";

/** WebGPT comparisons in DSP's form: two texts, `## Human:` … `## Assistant:` …, and a score each. */
export const webgpt: Reader = {
  name: "webgpt",
  about: 'text: two dialogues with "## Human:" and "## Assistant:"; score: two numbers (WebGPT comparisons)',
  columns: ["text", "score"],
  matches: (row) => "text" in row && "score" in row,
  pairs(row, place) {
    const { text, score } = parseRow(schema, row, place);
    if (score[0] === score[1]) return [{ leftOut: "a tie" }];
    const [better, worse] = score[0]! > score[1]! ? [0, 1] : [1, 0];
    return [
      withPrompt(undefined, parseText(text[better]!, better, place), parseText(text[worse]!, worse, place)),
    ];
  },
};

function parseText(text: string, index: number, place: Place) {
  const at = text.lastIndexOf(marker);
  if (at === -1) {
    throw new InputError({
      problem: "no response in the text",
      ...place,
      field: `text.${index}`,
      expected: marker,
    });
  }
  const question = text.slice(0, at).replace(/^\s*## Human:/, "");
  return {
    before: [{ role: "user" as const, content: question.trim() }],
    response: text.slice(at + marker.length).trim(),
  };
}

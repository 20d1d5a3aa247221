import { z } from "zod";
import { number, prompt } from "../fields.ts";
import { parseRow, type Reader } from "../reader.ts";

const label = number.refine((found) => found === 1 || found === 2, "1 or 2");
const schema = z.object({ input: prompt, output_1: z.string(), output_2: z.string(), label });

/** LLMBar: two outputs, and which one follows the instruction. */
export const llmbar: Reader = {
  name: "llmbar",
  about: "input, output_1, output_2, label (LLMBar)",
  columns: ["input", "output_1", "output_2", "label"],
  matches: (row) => "output_1" in row && "output_2" in row && "label" in row,
  pairs(row, place) {
    const { input, output_1, output_2, label } = parseRow(schema, row, place);
    const [chosen, rejected] = label === 1 ? [output_1, output_2] : [output_2, output_1];
    return [{ prompt: input, chosen, rejected }];
  },
};

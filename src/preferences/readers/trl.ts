import { z } from "zod";
import { completion, id, number, optional, prompt } from "../fields.ts";
import { type PairDraft, parseRow, type Reader } from "../reader.ts";
import { withPrompt } from "../same-prompt.ts";

/** What a row may say beside its texts. */
const extras = {
  id,
  value: optional(z.string()),
  margin: optional(number),
  weight: optional(number),
  subset: optional(z.string()),
};
export const explicitSchema = z.object({ prompt, chosen: completion, rejected: completion, ...extras });
const implicitSchema = z.object({ chosen: completion, rejected: completion, ...extras });

/** TRL's explicit prompt: prompt, chosen, rejected, each as text or messages. Also the form that Allgood writes. */
export const trlExplicit: Reader = {
  name: "trl-explicit",
  about: "prompt, chosen, rejected as text or message lists (TRL)",
  columns: ["prompt", "chosen", "rejected", "margin", "value"],
  matches: (row) => "prompt" in row && "chosen" in row && "rejected" in row,
  pairs(row, place) {
    const { prompt, chosen, rejected, ...rest } = parseRow(explicitSchema, row, place);
    return [{ ...withPrompt(prompt, chosen, rejected), ...rest }];
  },
};

/** TRL's implicit prompt: what chosen and rejected have in common at their start. */
export const trlImplicit: Reader = {
  name: "trl-implicit",
  about: "chosen, rejected as text or message lists that begin with the prompt (TRL)",
  columns: ["chosen", "rejected", "margin", "value"],
  matches: (row) => !("prompt" in row) && "chosen" in row && "rejected" in row,
  pairs(row, place) {
    const { chosen, rejected, ...rest } = parseRow(implicitSchema, row, place);
    if (chosen.before.length > 0 || rejected.before.length > 0) {
      return [{ ...withPrompt(undefined, chosen, rejected), ...rest }];
    }
    return [{ ...splitAtDifference(chosen.response, rejected.response), ...rest }];
  },
};

/** The common start of two texts, back to the last space so that no word is cut, is the prompt. */
function splitAtDifference(
  chosen: string,
  rejected: string,
): Pick<PairDraft, "prompt" | "chosen" | "rejected"> {
  let end = 0;
  while (end < chosen.length && end < rejected.length && chosen[end] === rejected[end]) end += 1;
  while (end > 0 && !/\s/.test(chosen[end - 1]!)) end -= 1;
  return {
    prompt: [{ role: "user", content: chosen.slice(0, end).trim() }],
    chosen: chosen.slice(end),
    rejected: rejected.slice(end),
  };
}

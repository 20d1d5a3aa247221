import { z } from "zod";
import { InputError, show } from "../../io/errors.ts";
import { type Place, parseRow, type Reader } from "../reader.ts";
import { promptDiffers } from "../same-prompt.ts";
import { cutLastAssistantTurn, isTranscript, parseTranscript } from "../transcript.ts";

const schema = z.object({ chosen: z.string(), rejected: z.string() });

/** Anthropic HH: two dialogues as text; the last Assistant turn is the response, all before it the prompt. */
export const hh: Reader = {
  name: "hh",
  about:
    'dialogues as text with "\\n\\nHuman:" and "\\n\\nAssistant:" turns in chosen and rejected (Anthropic HH)',
  columns: ["chosen", "rejected"],
  matches: ({ prompt, chosen }) => prompt === undefined && typeof chosen === "string" && isTranscript(chosen),
  pairs(row, place) {
    const texts = parseRow(schema, row, place);
    const chosen = cut(texts.chosen, "chosen", place);
    const rejected = cut(texts.rejected, "rejected", place);
    if (chosen.before !== rejected.before) return [promptDiffers];
    return [{ prompt: parseTranscript(chosen.before), chosen: chosen.response, rejected: rejected.response }];
  },
};

function cut(text: string, field: string, place: Place) {
  const found = cutLastAssistantTurn(text);
  if (found !== undefined) return found;
  throw new InputError({
    problem: "the dialogue does not end with an Assistant turn",
    ...place,
    field,
    found: show(text.slice(-60)),
    expected: '"\\n\\nHuman: …\\n\\nAssistant: …"',
  });
}

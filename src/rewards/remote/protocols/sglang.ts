/** SGLang's own `POST /classify`: raw outputs as `embedding`, in the order of the texts. */
import { z } from "zod";
import { checkCount, parseAnswer, pickOutput } from "../answer.ts";
import type { DescriptionOf } from "../description.ts";
import { type Protocol, withPath } from "../protocol.ts";
import { createRenderer, dialogueOf } from "../text.ts";

const row = z.object({ embedding: z.array(z.number()) });
/** It answers one text with one object. */
const answerSchema = z.union([z.array(row), row.transform((only) => [only])], "a list of {embedding}");

export function sglang({ url, model, text, batch, output }: DescriptionOf<"sglang">): Protocol {
  const render = createRenderer(text);
  return {
    url: withPath(url, "/classify"),
    batch,
    request: (items) => ({
      ...(model !== undefined && { model }),
      text: items.map((item) => render(dialogueOf(item))),
    }),
    rewards: (answer, count) => {
      const rows = parseAnswer(answerSchema, answer);
      checkCount(rows.length, count);
      return rows.map(({ embedding }) => pickOutput(embedding, output));
    },
  };
}

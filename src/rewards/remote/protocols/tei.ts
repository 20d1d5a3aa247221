/** Text Embeddings Inference: `POST /predict` with `raw_scores`, each text a list of one, or of prompt and response. */
import { z } from "zod";
import { show } from "../../../io/errors.ts";
import { checkCount, parseAnswer, pickOutput } from "../answer.ts";
import type { DescriptionOf } from "../description.ts";
import { type Protocol, withPath } from "../protocol.ts";
import { AnswerError } from "../remote-error.ts";
import { createRenderer, dialogueOf, promptText } from "../text.ts";

const prediction = z.object({ score: z.number(), label: z.string() });
const answerSchema = z.array(z.array(prediction));

export function tei({ url, text, batch, label, truncate }: DescriptionOf<"tei">): Protocol {
  const render = text === "pair" ? undefined : createRenderer(text);
  return {
    url: withPath(url, "/predict"),
    batch,
    request: (items) => ({
      inputs: items.map((item) =>
        render ? [render(dialogueOf(item))] : [promptText(item.prompt), item.response],
      ),
      raw_scores: true,
      truncate,
    }),
    rewards: (answer, count) => {
      const rows = parseAnswer(answerSchema, answer);
      checkCount(rows.length, count);
      return rows.map((predictions) => rewardOf(predictions, label));
    },
  };
}

/** Labels come sorted by score, so with several of them only the name says which is which. */
function rewardOf(predictions: readonly z.output<typeof prediction>[], label: string | undefined): number {
  const labels = predictions.map((each) => each.label);
  if (label === undefined && predictions.length > 1) {
    throw new AnswerError({
      problem: "the model has several labels, and it is not said which one is the reward",
      found: `labels ${show(labels)}`,
      fix: `Name it in the description: "label": ${JSON.stringify(labels[0])}`,
    });
  }
  const at = label === undefined ? 0 : labels.indexOf(label);
  if (at < 0) {
    throw new AnswerError({
      problem: "the model does not have the label that the description names",
      found: `labels ${show(labels)}`,
      expected: show(label),
    });
  }
  return pickOutput(
    predictions.map(({ score }) => score),
    at,
  );
}

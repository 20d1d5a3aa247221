/** vLLM's `POST /score`, for cross-encoders: the prompt beside the response. */
import { z } from "zod";
import { inOrder, parseAnswer } from "../answer.ts";
import type { DescriptionOf } from "../description.ts";
import { type Protocol, withPath } from "../protocol.ts";
import { promptText } from "../text.ts";

const answerSchema = z.object({ data: z.array(z.object({ index: z.int(), score: z.number() })) });

export function vllmScore({ url, model, activationField, batch }: DescriptionOf<"vllm-score">): Protocol {
  return {
    url: withPath(url, "/score"),
    batch,
    request: (items) => ({
      ...(model !== undefined && { model }),
      text_1: items.map(({ prompt }) => promptText(prompt)),
      text_2: items.map(({ response }) => response),
      [activationField]: false,
    }),
    rewards: (answer, count) =>
      inOrder(parseAnswer(answerSchema, answer).data, count).map(({ score }) => score),
  };
}

/** vLLM's `POST /classify`, with the activation turned off: `data[i].probs` are then raw outputs. */
import { z } from "zod";
import { inOrder, parseAnswer, pickOutput } from "../answer.ts";
import type { DescriptionOf } from "../description.ts";
import { type Protocol, withPath } from "../protocol.ts";
import { createRenderer, dialogueOf } from "../text.ts";

const answerSchema = z.object({
  data: z.array(z.object({ index: z.int(), probs: z.array(z.number()) })),
});

export function vllmClassify(description: DescriptionOf<"vllm-classify">): Protocol {
  return {
    url: withPath(description.url, "/classify"),
    ...vllmRequest(description),
    rewards: (answer, count) =>
      inOrder(parseAnswer(answerSchema, answer).data, count).map(({ probs }) =>
        pickOutput(probs, description.output),
      ),
  };
}

/**
 * Texts as `input`, many a request; or messages, to which the server applies the model's chat template, one dialogue a
 * request. A chat template writes the tokens that begin a text itself, so the server must not add them again.
 */
export function vllmRequest({
  text,
  model,
  activationField,
  batch,
}: DescriptionOf<"vllm-classify" | "vllm-pooling">): Pick<Protocol, "batch" | "request"> {
  const common = { ...(model !== undefined && { model }), [activationField]: false };
  if (text === "messages") {
    return { batch: 1, request: ([item]) => ({ ...common, messages: dialogueOf(item!) }) };
  }
  const render = createRenderer(text);
  return {
    batch,
    request: (items) => ({
      ...common,
      input: items.map((item) => render(dialogueOf(item))),
      add_special_tokens: text === "transcript",
    }),
  };
}

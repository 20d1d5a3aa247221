/** vLLM's `POST /pooling`: `data[i].data` holds the outputs, or a list of them for each token. */
import { z } from "zod";
import { inOrder, parseAnswer, pickOutput } from "../answer.ts";
import type { DescriptionOf } from "../description.ts";
import { type Protocol, withPath } from "../protocol.ts";
import { AnswerError } from "../remote-error.ts";
import { vllmRequest } from "./vllm-classify.ts";

const answerSchema = z.object({
  data: z.array(
    z.object({
      index: z.int(),
      data: z.union(
        [z.array(z.number()), z.array(z.array(z.number()))],
        "numbers, or numbers for each token",
      ),
    }),
  ),
});

export function vllmPooling(description: DescriptionOf<"vllm-pooling">): Protocol {
  const { request, batch } = vllmRequest(description);
  return {
    url: withPath(description.url, "/pooling"),
    batch,
    request: (items) => ({ ...(request(items) as object), encoding_format: "float" }),
    rewards: (answer, count) =>
      inOrder(parseAnswer(answerSchema, answer).data, count).map(({ data }) =>
        pickOutput(outputsOf(data, description.tokens), description.output),
      ),
  };
}

function outputsOf(
  data: readonly number[] | readonly number[][],
  tokens: "last" | undefined,
): readonly number[] {
  const isOutputs = (found: typeof data): found is readonly number[] => typeof found[0] !== "object";
  if (isOutputs(data)) return data;
  if (tokens === "last" || data.length === 1) return data.at(-1)!;
  throw new AnswerError({
    problem: "the model gives numbers for each token, and it is not said which is the reward",
    found: `${data.length} tokens`,
    expected: "one reward a response",
    fix: 'If it is the last token\'s, say so in the description: "tokens": "last"',
  });
}

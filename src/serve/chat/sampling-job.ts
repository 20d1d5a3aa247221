/**
 * From a request to what the sampler is asked for. What this model can't do is refused, not left out.
 * @module
 */
import { InputError } from "../../io/errors.ts";
import type { LocalPolicy } from "../../policies/index.ts";
import type { ChoiceLimits } from "./growing-choice.ts";
import { dialogueOf } from "./messages.ts";
import { ChatError } from "./openai-error.ts";
import type { ChatRequest } from "./schema.ts";

/** How tokens are drawn; requests that share it can be sampled side by side. */
type Drawing = { temperature: number; topK?: number; topP?: number; minP?: number };

export type SamplingJob = ChoiceLimits & {
  readonly ids: readonly number[];
  readonly n: number;
  readonly drawing: Drawing;
  /** The same seed gives the same bytes; undefined: any. */
  readonly seed: number | undefined;
};

/** @throws ChatError for what the model can't do, or a prompt that leaves no room in its context */
export function samplingJob(policy: LocalPolicy, request: ChatRequest): SamplingJob {
  refuseUnsupported(request);
  const { n, logprobs, top_logprobs, stop, seed } = request;
  const ids = encode(policy, request);
  return {
    ids,
    n: n ?? 1,
    // beyond the context, the context ends it
    maxNewTokens: request.max_completion_tokens ?? request.max_tokens ?? policy.model.config.context,
    drawing: drawingOf(request),
    seed: seed ?? undefined,
    stop: typeof stop === "string" ? [stop] : (stop ?? []),
    topLogprobs: logprobs ? (top_logprobs ?? 0) : undefined,
  };
}

function drawingOf({ temperature, top_p, top_k, min_p }: ChatRequest): Drawing {
  return {
    temperature: temperature ?? 1,
    ...(top_k && top_k > 0 && { topK: top_k }),
    // OpenAI takes 0, and means the likeliest token
    ...(top_p === 0 && { topK: 1 }),
    ...(top_p && top_p < 1 && { topP: top_p }),
    ...(min_p && { minP: min_p }),
  };
}

function encode(policy: LocalPolicy, { messages }: ChatRequest): number[] {
  const dialogue = dialogueOf(messages);
  const ids = encoded(policy, dialogue);
  const { context } = policy.model.config;
  if (ids.length >= context) {
    throw new ChatError(
      "bad_request",
      `This model's maximum context length is ${context} tokens. Your messages have ${ids.length} tokens, which leaves no room for a response: shorten them`,
      { param: "messages", openAiCode: "context_length_exceeded" },
    );
  }
  if (ids.length === 0) {
    throw new ChatError("bad_request", "the messages have no tokens for this model", { param: "messages" });
  }
  return ids;
}

function encoded(policy: LocalPolicy, dialogue: ReturnType<typeof dialogueOf>): number[] {
  try {
    return policy.encode(dialogue);
  } catch (error) {
    // a chat template may refuse an order of roles
    if (!(error instanceof InputError)) throw error;
    throw new ChatError("bad_request", error.message, { param: "messages", cause: error });
  }
}

function refuseUnsupported(request: ChatRequest): void {
  const refuse = (param: string) => {
    throw new ChatError("bad_request", `${param} is not supported by this model`, {
      param,
      openAiCode: "unsupported_parameter",
    });
  };
  if (request.tools?.length) refuse("tools");
  if (request.functions !== undefined && request.functions !== null) refuse("functions");
  if (request.response_format && request.response_format.type !== "text") refuse("response_format");
  if (request.frequency_penalty) refuse("frequency_penalty");
  if (request.presence_penalty) refuse("presence_penalty");
  if (request.logit_bias && Object.keys(request.logit_bias).length > 0) refuse("logit_bias");
  if (request.top_logprobs && !request.logprobs) {
    throw new ChatError("bad_request", "top_logprobs needs logprobs: true", { param: "top_logprobs" });
  }
}

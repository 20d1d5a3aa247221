/**
 * The wire format of OpenAI's chat completions, as far as this project reads or writes it: https://platform.openai.com/docs/api-reference/chat.
 * Objects are loose: what is not named here passes through as it came.
 * @module
 */
import { z } from "zod";

const textPart = z.looseObject({ type: z.literal("text"), text: z.string() });
/** Images, sound, files, refusals: carried along, not looked into. */
const otherPart = z.looseObject({ type: z.string() });

const chatMessageSchema = z.looseObject({
  role: z.enum(["system", "developer", "user", "assistant", "tool", "function"]),
  /** Null or absent where an assistant's turn is a call of tools. */
  content: z
    .union([z.string(), z.array(z.union([textPart, otherPart]))])
    .nullable()
    .optional(),
  name: z.string().optional(),
  tool_calls: z.array(z.looseObject({})).nullable().optional(),
  tool_call_id: z.string().optional(),
});

const optional = <T extends z.ZodType>(schema: T) => schema.nullable().optional();
const count = z.int().min(1);

/** The body of `POST /v1/chat/completions`. Optional fields may be null, as in OpenAI's own. */
export const chatRequestSchema = z.looseObject({
  model: z.string(),
  messages: z.array(chatMessageSchema).min(1),
  n: optional(z.int().min(1).max(128)),
  temperature: optional(z.number().min(0).max(2)),
  top_p: optional(z.number().min(0).max(1)),
  /** vLLM's extension; −1 and 0 mean all tokens. */
  top_k: optional(z.int().min(-1)),
  /** vLLM's extension. */
  min_p: optional(z.number().min(0).max(1)),
  /** Deprecated by OpenAI in favour of `max_completion_tokens`, and what most clients send. */
  max_tokens: optional(count),
  max_completion_tokens: optional(count),
  stop: optional(z.union([z.string(), z.array(z.string())])),
  seed: optional(z.int()),
  stream: optional(z.boolean()),
  stream_options: optional(z.looseObject({ include_usage: optional(z.boolean()) })),
  logprobs: optional(z.boolean()),
  top_logprobs: optional(z.int().min(0).max(20)),
  frequency_penalty: optional(z.number()),
  presence_penalty: optional(z.number()),
  logit_bias: optional(z.record(z.string(), z.number())),
  tools: optional(z.array(z.looseObject({ type: z.string() }))),
  tool_choice: optional(z.union([z.string(), z.looseObject({})])),
  response_format: optional(z.looseObject({ type: z.string() })),
  user: optional(z.string()),
});

const tokenLogprob = z.looseObject({
  token: z.string(),
  logprob: z.number(),
  bytes: optional(z.array(z.int())),
});
const logprobsSchema = z.looseObject({
  content: optional(z.array(tokenLogprob.extend({ top_logprobs: z.array(tokenLogprob) }))),
});

const usageSchema = z.looseObject({
  prompt_tokens: z.int().min(0),
  completion_tokens: z.int().min(0),
  total_tokens: z.int().min(0),
});

const chatChoiceSchema = z.looseObject({
  index: z.int().min(0),
  message: z.looseObject({
    role: z.literal("assistant"),
    content: optional(z.string()),
    refusal: optional(z.string()),
    tool_calls: optional(z.array(z.looseObject({}))),
  }),
  logprobs: optional(logprobsSchema),
  finish_reason: optional(z.string()),
});

/** The answer to a request that does not stream. */
export const chatResponseSchema = z.looseObject({
  id: z.string(),
  object: z.literal("chat.completion"),
  /** Seconds since 1970. */
  created: z.number(),
  model: z.string(),
  choices: z.array(chatChoiceSchema),
  usage: optional(usageSchema),
});

/** One `data:` of a stream; after the last of them comes `data: [DONE]`. */
export const chatChunkSchema = z.looseObject({
  id: z.string(),
  object: z.literal("chat.completion.chunk"),
  created: z.number(),
  model: z.string(),
  choices: z.array(
    z.looseObject({
      index: z.int().min(0),
      delta: z.looseObject({ role: optional(z.string()), content: optional(z.string()) }),
      logprobs: optional(logprobsSchema),
      finish_reason: optional(z.string()),
    }),
  ),
  /** In the last chunk alone, which has no choices, where `stream_options.include_usage` asks for it. */
  usage: optional(usageSchema),
});

const openAiErrorSchema = z.object({
  error: z.looseObject({
    message: z.string(),
    type: optional(z.string()),
    param: optional(z.string()),
    code: optional(z.union([z.string(), z.number()])),
  }),
});

const modelSchema = z.looseObject({
  id: z.string(),
  object: z.literal("model"),
  created: z.number(),
  owned_by: z.string(),
});

/** The answer of `GET /v1/models`. */
const modelListSchema = z.looseObject({ object: z.literal("list"), data: z.array(modelSchema) });

export type ChatMessageParam = z.infer<typeof chatMessageSchema>;
export type ChatRequest = z.infer<typeof chatRequestSchema>;
export type ChatChoice = z.infer<typeof chatChoiceSchema>;
export type ChatResponse = z.infer<typeof chatResponseSchema>;
export type ChatChunk = z.infer<typeof chatChunkSchema>;
export type ChatLogprobs = z.infer<typeof logprobsSchema>;
export type Usage = z.infer<typeof usageSchema>;
export type OpenAiErrorBody = z.infer<typeof openAiErrorSchema>;
export type ModelInfo = z.infer<typeof modelSchema>;
export type ModelList = z.infer<typeof modelListSchema>;

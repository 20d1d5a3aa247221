/**
 * vLLM's dialect for a reward model: `/classify`, `/score`, `/pooling`, as in `vllm/entrypoints/pooling/`. The activation
 * is a sigmoid, and is applied unless `use_activation` is false, as vLLM does.
 * @module
 */
import { randomUUID } from "node:crypto";
import type { Hono } from "hono";
import { z } from "zod";
import type { RewardItem, RewardModel } from "../../rewards/index.ts";
import type { ServeContext, ServeEnv } from "../context.ts";
import { ServeError } from "../serve-error.ts";
import {
  answerAs,
  createDialect,
  type DialectOptions,
  fromPair,
  fromText,
  readRequest,
  rewardsOf,
} from "./dialect.ts";

const message = z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() });
const texts = z.union(
  [z.string().transform((text) => [text]), z.array(z.string()).min(1)],
  "text or a list of texts is needed (this server takes no token ids)",
);
const common = { model: z.string().nullish(), use_activation: z.boolean().nullish() };

const dialogueRequest = z
  .object({ ...common, input: texts.optional(), messages: z.array(message).min(1).optional() })
  .refine(
    ({ input, messages }) => (input === undefined) !== (messages === undefined),
    "input or messages is needed",
  );

const poolingRequest = dialogueRequest.and(
  z.object({ encoding_format: z.literal("float", 'only "float" is known').default("float") }),
);

const scoreRequest = z
  .object({
    ...common,
    text_1: texts.optional(),
    text_2: texts.optional(),
    queries: texts.optional(),
    documents: texts.optional(),
  })
  .transform(({ text_1, text_2, queries, documents, ...rest }) => ({
    ...rest,
    left: text_1 ?? queries ?? [],
    right: text_2 ?? documents ?? [],
  }))
  .refine(
    ({ left, right }) => right.length > 0 && (left.length === 1 || left.length === right.length),
    "text_1 must be one text, or as many as text_2",
  );

type DialogueRequest = z.output<typeof dialogueRequest>;

export const vllmAnswer = answerAs(({ message, code, status }) => ({
  error: { message, type: types[code] ?? "InternalServerError", param: null, code: status },
}));

export function vllmRoutes(model: RewardModel, { name = model.value }: DialectOptions = {}): Hono<ServeEnv> {
  const app = createDialect(vllmAnswer);
  app.get("/health", (c) => c.body(null));
  app.get("/v1/models", (c) =>
    c.json({ object: "list", data: [{ id: name, object: "model", created: 0, owned_by: "allgood" }] }),
  );
  app.post("/classify", async (c) => {
    const body = await readRequest(c, dialogueRequest, name);
    const probs = await rewardsOf(c, model, itemsOf(body), body.use_activation !== false);
    return list(c, name, "classify", probs, (prob, index) => ({
      index,
      label: "LABEL_0",
      probs: [prob],
      num_classes: 1,
    }));
  });
  app.post("/pooling", async (c) => {
    const body = await readRequest(c, poolingRequest, name);
    const rewards = await rewardsOf(c, model, itemsOf(body), body.use_activation !== false);
    return list(c, name, "pooling", rewards, (reward, index) => ({
      index,
      object: "pooling",
      data: [reward],
    }));
  });
  const score = async (c: ServeContext) => {
    const { left, right, use_activation } = await readRequest(c, scoreRequest, name);
    const items = right.map((text, i) => fromPair(left[left.length === 1 ? 0 : i]!, text, "text_1"));
    const scores = await rewardsOf(c, model, items, use_activation !== false);
    return list(c, name, "score", scores, (each, index) => ({ index, object: "score", score: each }));
  };
  app.post("/score", score);
  app.post("/v1/score", score);
  return app;
}

function itemsOf({ input, messages }: DialogueRequest): RewardItem[] {
  if (messages === undefined) return input!.map((text, i) => fromText(text, `input.${i}`));
  const last = messages.at(-1)!;
  if (last.role !== "assistant")
    throw new ServeError(
      "bad_request",
      "messages: the last one must be the assistant's, which is what is scored",
    );
  return [{ prompt: messages.slice(0, -1), response: last.content }];
}

/** No tokens are counted: what reads the text here has other ones than a language model. */
function list(
  c: ServeContext,
  model: string,
  kind: string,
  numbers: readonly number[],
  row: (number: number, index: number) => object,
): Response {
  return c.json({
    id: `${kind}-${randomUUID().replaceAll("-", "").slice(0, 16)}`,
    object: "list",
    created: Math.floor(Date.now() / 1000),
    model,
    data: numbers.map(row),
    usage: {
      prompt_tokens: 0,
      total_tokens: 0,
      completion_tokens: 0,
      prompt_tokens_details: null,
      completion_tokens_details: null,
    },
  });
}

const types: Partial<Record<ServeError["code"], string>> = {
  bad_request: "BadRequestError",
  not_found: "NotFoundError",
  busy: "RateLimitError",
};

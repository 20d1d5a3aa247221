/**
 * An OpenAI-compatible server of a language model that runs in this process.
 * @module
 */
import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import type { LocalPolicy } from "../../policies/index.ts";
import type { Random } from "../../stats/random.ts";
import { type ServeContext, type ServeEnv, signalOf } from "../context.ts";
import { type AnswerHead, usageOf, wholeAnswer } from "./answer.ts";
import type { Delta } from "./growing-choice.ts";
import { ChatError, openAiError, refusedBody } from "./openai-error.ts";
import { type SamplingJob, samplingJob } from "./sampling-job.ts";
import { SamplingQueue } from "./sampling-queue.ts";
import { type ChatRequest, chatRequestSchema, type ModelInfo, type ModelList } from "./schema.ts";
import { streamAnswer } from "./stream-answer.ts";

export type ChatAppOptions = {
  /** The name that requests must give; the policy's where absent. */
  model?: string;
  /** Samples that grow side by side at most. Default 64. */
  maxBatch?: number;
  /** Requests that wait at most, before one is refused with 429. Default 256. */
  maxQueue?: number;
  /** Where requests without a seed get theirs from. */
  random: Random;
  /** Told of errors that were not foreseen; the client is told no details of them. */
  onError?: (error: unknown) => void;
};

/**
 * `POST /v1/chat/completions`, `GET /v1/models` and `GET /v1/models/{id}`, as OpenAI's clients expect them. The policy stays the
 * caller's, to dispose of once no request is under way.
 */
export function chatApp(policy: LocalPolicy, options: ChatAppOptions): Hono<ServeEnv> {
  const { maxBatch = 64, maxQueue = 256, random, onError } = options;
  const model: ModelInfo = {
    id: options.model ?? policy.name,
    object: "model",
    created: seconds(),
    owned_by: "allgood",
    max_model_len: policy.model.config.context,
  };
  const queue = new SamplingQueue(policy, { maxBatch, maxQueue, random });
  const app = new Hono<ServeEnv>();

  const models: ModelList = { object: "list", data: [model] };
  app.get("/v1/models", (c) => c.json(models));
  app.get("/v1/models/:id{.+}", (c) => {
    checkModel(c.req.param("id"), model.id);
    return c.json(model);
  });
  app.post("/v1/chat/completions", async (c) => {
    const request = await readRequest(c);
    checkModel(request.model, model.id);
    const job = samplingJob(policy, request);
    const head: AnswerHead = { id: `chatcmpl-${randomUUID()}`, created: seconds(), model: model.id };
    if (!request.stream) return answer(c, queue, job, head);
    const withUsage = request.stream_options?.include_usage === true;
    return streamAnswer(c, queue, job, { head, withUsage, onError });
  });
  app.notFound((c) =>
    send(
      c,
      new ChatError("not_found", `there is no ${c.req.method} ${c.req.path}`, { openAiCode: "unknown_url" }),
    ),
  );
  app.onError((error, c) => {
    const sent = send(c, error);
    // whoever left does not hear of it
    if (sent.status === 500 && !signalOf(c).aborted) onError?.(error);
    return sent;
  });
  return app;
}

const seconds = (): number => Math.floor(Date.now() / 1000);

function send(c: ServeContext, error: unknown): Response {
  const { status, body, headers } = openAiError(error);
  return c.json(body, status, headers);
}

async function readRequest(c: ServeContext): Promise<ChatRequest> {
  const body: unknown = await c.req.json().catch((error: unknown) => {
    throw new ChatError("bad_request", "the body is not JSON", { cause: error });
  });
  const parsed = chatRequestSchema.safeParse(body);
  if (!parsed.success) throw refusedBody(parsed.error);
  return parsed.data;
}

function checkModel(asked: string, served: string): void {
  if (asked === served) return;
  throw new ChatError("not_found", `The model "${asked}" does not exist: this server has "${served}"`, {
    param: "model",
  });
}

async function answer(
  c: ServeContext,
  queue: SamplingQueue,
  job: SamplingJob,
  head: AnswerHead,
): Promise<Response> {
  const deltas: Delta[] = [];
  const tokens = await queue.run(job, (delta) => deltas.push(delta), signalOf(c));
  return c.json(wholeAnswer(head, job.n, deltas, usageOf(job.ids.length, tokens)));
}

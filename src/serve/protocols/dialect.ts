/**
 * What the dialects of model servers share: reward models answered for as vLLM, SGLang or TEI would.
 * @module
 */
import { Hono } from "hono";
import type { z } from "zod";
import { sigmoid } from "../../objective/index.ts";
import type { RewardItem, RewardModel } from "../../rewards/index.ts";
import { type AnswerError, asServeError } from "../answer-error.ts";
import { callerOf, noteItems, type ServeContext, type ServeEnv, setHeaders } from "../context.ts";
import { parseText, splitText } from "../dialogue.ts";
import { readBody } from "../read-body.ts";
import { ServeError } from "../serve-error.ts";

export type DialectOptions = {
  /** The name under which clients ask for the model. Default: its value. */
  name?: string;
};

/**
 * Errors in the form of a dialect, with their status, and Retry-After where they say when to come again.
 * @param body how the dialect says what went wrong
 */
export const answerAs =
  (body: (error: ServeError) => object): AnswerError =>
  (c, error) => {
    setHeaders(c, error.headers);
    return c.json(body(error), error.status);
  };

export function createDialect(answerError: AnswerError): Hono<ServeEnv> {
  const app = new Hono<ServeEnv>();
  app.onError((error, c: ServeContext) => answerError(c, asServeError(error)));
  return app;
}

/** Parses the body and refuses a model of another name. */
export async function readRequest<T extends { model?: string | null | undefined }>(
  c: ServeContext,
  schema: z.ZodType<T>,
  name: string,
): Promise<T> {
  const body = await readBody(c, schema);
  if (typeof body.model === "string" && body.model !== name)
    throw new ServeError("not_found", `the model "${body.model}" does not exist; this server has "${name}"`);
  return body;
}

/** Raw rewards, or σ(r) where the dialect's switch asks for probabilities. */
export async function rewardsOf(
  c: ServeContext,
  model: RewardModel,
  items: readonly RewardItem[],
  activate: boolean,
): Promise<number[]> {
  noteItems(c, items.length);
  if (items.length === 0) return [];
  const rewards = await model.score(items, callerOf(c));
  if (rewards.length !== items.length || !rewards.every(Number.isFinite))
    throw new ServeError(
      "upstream_failed",
      "the reward model gave something else than one finite number an item",
    );
  return Array.from(rewards, (reward) => (activate ? sigmoid(reward) : reward));
}

/** A whole dialogue as text. @throws ServeError where it does not end with a response */
export const fromText = (text: string, field: string): RewardItem => splitText(text, field);

/** A prompt as text beside its response. */
export const fromPair = (prompt: string, response: string, field: string): RewardItem => ({
  prompt: parseText(prompt, field),
  response,
});

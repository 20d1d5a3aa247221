/**
 * SGLang's dialect for a reward model: its own `/classify`, which gives raw rewards as `embedding`.
 * @module
 */
import { randomUUID } from "node:crypto";
import type { Hono } from "hono";
import { z } from "zod";
import type { RewardModel } from "../../rewards/index.ts";
import type { ServeEnv } from "../context.ts";
import { readBody } from "../read-body.ts";
import { answerAs, createDialect, type DialectOptions, fromText, rewardsOf } from "./dialect.ts";

/** A model's name is read past, as SGLang does here. */
const request = z.object({
  text: z.union([z.string(), z.array(z.string())], "text or a list of texts is needed"),
});

export const sglangAnswer = answerAs(({ message, code, status }) => ({
  error: { message, type: code, code: status },
}));

export function sglangRoutes(
  model: RewardModel,
  { name = model.value }: DialectOptions = {},
): Hono<ServeEnv> {
  const app = createDialect(sglangAnswer);
  app.get("/health", (c) => c.body(null));
  app.get("/model_info", (c) => c.json({ model_path: name, is_generation: false }));
  app.post("/classify", async (c) => {
    const { text } = await readBody(c, request);
    const texts = typeof text === "string" ? [text] : text;
    const items = texts.map((each, i) => fromText(each, `text.${i}`));
    const rewards = await rewardsOf(c, model, items, false);
    const rows = rewards.map((reward) => ({
      embedding: [reward],
      meta_info: {
        id: randomUUID().replaceAll("-", ""),
        finish_reason: { type: "length", length: 0 },
        prompt_tokens: 0,
      },
    }));
    return c.json(typeof text === "string" ? rows[0]! : rows);
  });
  return app;
}

/**
 * SGLang's dialect for a reward model: its own `/classify`, which gives raw rewards as `embedding`.
 * @module
 */
import { randomUUID } from "node:crypto";
import type { Hono } from "hono";
import { z } from "zod";
import type { RewardModel } from "../../rewards/index.ts";
import type { ServeEnv } from "../context.ts";
import { answerAs, createDialect, type DialectOptions, fromText, readRequest, rewardsOf } from "./dialect.ts";

const request = z.object({
  model: z.string().nullish(),
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
    const { text } = await readRequest(c, request, name);
    const texts = typeof text === "string" ? [text] : text;
    const items = texts.map((each, i) => fromText(each, `text.${i}`));
    const rewards = await rewardsOf(c, model, items, false);
    const rows = rewards.map((reward) => ({
      embedding: [reward],
      meta_info: { id: randomUUID().replaceAll("-", ""), finish_reason: null, prompt_tokens: 0 },
    }));
    return c.json(typeof text === "string" ? rows[0]! : rows);
  });
  return app;
}

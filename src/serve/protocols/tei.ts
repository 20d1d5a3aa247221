/**
 * The dialect of Text Embeddings Inference for a reward model: `/predict`. σ(r) unless `raw_scores` is true.
 * @module
 */
import type { Hono } from "hono";
import { z } from "zod";
import type { RewardItem, RewardModel } from "../../rewards/index.ts";
import type { ServeEnv } from "../context.ts";
import { readBody } from "../read-body.ts";
import { ServeError } from "../serve-error.ts";
import { answerAs, createDialect, type DialectOptions, fromPair, fromText, rewardsOf } from "./dialect.ts";

const LABEL = "LABEL_0";
/** TEI's own default. */
const MOST_INPUTS = 32;

const pair = z.tuple([z.string(), z.string()]);
const single = z.tuple([z.string()]);
const request = z.object({
  inputs: z.union(
    [z.string(), pair, z.array(z.union([single, pair]))],
    "a text, a pair of texts, or a list of [text] or [prompt, response] is needed",
  ),
  raw_scores: z.boolean().default(false),
});

export const teiAnswer = answerAs(({ message, code }) => ({
  error: message,
  error_type: errorTypes[code] ?? "Backend",
}));

/** `maxInputs`: most inputs of a request; as many as TEI takes unless told otherwise. */
export function teiRoutes(
  model: RewardModel,
  { name = model.value, maxInputs = MOST_INPUTS }: DialectOptions & { maxInputs?: number } = {},
): Hono<ServeEnv> {
  const app = createDialect(teiAnswer);
  app.get("/health", (c) => c.body(null));
  app.get("/info", (c) =>
    c.json({
      model_id: name,
      model_type: { classifier: { id2label: { "0": LABEL }, label2id: { [LABEL]: 0 } } },
      max_client_batch_size: maxInputs,
    }),
  );
  app.post("/predict", async (c) => {
    const { inputs, raw_scores } = await readBody(c, request);
    const { items, several } = itemsOf(inputs);
    if (items.length > maxInputs) {
      const problem = `batch size ${items.length} > maximum allowed batch size ${maxInputs}`;
      throw new ServeError("too_large", problem);
    }
    const scores = await rewardsOf(c, model, items, !raw_scores);
    const rows = scores.map((score) => [{ score, label: LABEL }]);
    return c.json(several ? rows : rows[0]!);
  });
  return app;
}

/** A pair at the top is one input, not two. */
function itemsOf(inputs: z.output<typeof request>["inputs"]): { items: RewardItem[]; several: boolean } {
  if (typeof inputs === "string") return { items: [fromText(inputs, "inputs")], several: false };
  if (typeof inputs[0] === "string") {
    const [prompt, response] = pair.parse(inputs);
    return { items: [fromPair(prompt, response, "inputs")], several: false };
  }
  const items = inputs.map((input, i) => {
    const [text, response] = input;
    const field = `inputs.${i}`;
    return response === undefined ? fromText(text!, field) : fromPair(text!, response, field);
  });
  return { items, several: true };
}

const errorTypes: Partial<Record<ServeError["code"], string>> = {
  bad_request: "Validation",
  too_large: "Validation",
  busy: "Overloaded",
  not_ready: "Unhealthy",
};

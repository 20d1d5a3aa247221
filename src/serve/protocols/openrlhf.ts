/**
 * OpenRLHF's remote reward: `POST /get_reward`. The current form carries prompts beside whole texts (`query`, with the
 * chat template's tokens kept); the old one, up to 0.6, whole texts alone.
 * @module
 */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { ReferenceValue } from "../../objective/index.ts";
import type { RewardItem } from "../../rewards/index.ts";
import type { ServeContext, ServeEnv } from "../context.ts";
import { cutPrompt, parseText, splitText } from "../dialogue.ts";
import { errors, json } from "../openapi.ts";
import { readBody } from "../read-body.ts";
import type { ScoreService } from "../score-service.ts";
import type { ScoredItem } from "../scorer.ts";
import { ServeError } from "../serve-error.ts";

const request = z
  .object({
    query: z
      .array(z.string())
      .openapi({ description: "prompt and response in one text, special tokens kept" }),
    prompts: z
      .array(z.string())
      .optional()
      .openapi({ description: "the prompts alone; absent in the old form" }),
    labels: z.array(z.unknown()).optional().openapi({ description: "not used" }),
  })
  .openapi("OpenRlhfRequest");

const numbers = z.array(z.number());
const response = z
  .object({
    rewards: numbers.openapi({ description: "u = log p(goal), at most 0" }),
    scores: numbers.optional().openapi({ description: "p(goal), in 0…1" }),
    extra_logs: z.record(z.string(), numbers).optional().openapi({
      description:
        "by value: r, r_ref, z, p, and own_reference (1 where the prompt has a reference of its own)",
    }),
  })
  .openapi("OpenRlhfResponse");

const route = createRoute({
  method: "post",
  path: "/get_reward",
  summary: "OpenRLHF's remote reward, in its current and its old form",
  request: { body: { content: json(request), required: true } },
  responses: { 200: { description: "one number a query, in order", content: json(response) }, ...errors },
});

/** Adds the path of the protocol, and its description to the app's OpenAPI document. */
export function openRlhfProtocol(app: OpenAPIHono<ServeEnv>, service: ScoreService): void {
  app.openAPIRegistry.registerPath(route);
  app.post(route.path, async (c: ServeContext) => {
    const { query, prompts, labels } = await readBody(c, request);
    checkLength("prompts", prompts, query.length);
    checkLength("labels", labels, query.length);
    const items = query.map((text, i) => {
      const prompt = prompts?.[i];
      return prompt === undefined ? splitText(text, `query.${i}`) : itemOf(text, prompt, i);
    });
    const { objective, scored } = await service.score(c, items);
    const rewards = scored.map(({ u }) => u);
    if (prompts === undefined) return c.json({ rewards });
    return c.json({
      rewards,
      scores: scored.map(({ p }) => p),
      extra_logs: extraLogs(objective.values, scored),
    });
  });
}

function checkLength(field: string, list: readonly unknown[] | undefined, expected: number): void {
  if (list === undefined || list.length === expected) return;
  throw new ServeError(
    "bad_request",
    `${field}: found ${list.length} entries, and query has ${expected}: one a query is needed`,
  );
}

function itemOf(text: string, prompt: string, i: number): RewardItem {
  const response = cutPrompt(text, prompt);
  if (response !== undefined) return { prompt: parseText(prompt, `prompts.${i}`), response };
  throw new ServeError(
    "bad_request",
    `query.${i}: it does not begin with prompts.${i}: send the query with its prompt, special tokens kept`,
  );
}

/** One list a number, each as long as `rewards`, as OpenRLHF averages them for its logs. */
function extraLogs(values: readonly string[], scored: readonly ScoredItem[]): Record<string, number[]> {
  return Object.fromEntries(
    values.flatMap((value) => {
      const of = scored.map((item) => item.values[value]!);
      return [
        [`${value}/r`, of.map(({ r }) => r)],
        [`${value}/r_ref`, of.map(({ reference }) => mean(reference))],
        [`${value}/z`, of.map(({ z }) => z)],
        [`${value}/p`, of.map(({ p }) => p)],
        [
          `${value}/own_reference`,
          scored.map(({ referencesFrom }) => (referencesFrom[value] === "prompt" ? 1 : 0)),
        ],
      ];
    }),
  );
}

const mean = (reference: ReferenceValue): number =>
  Array.isArray(reference) ? reference.reduce((sum, r) => sum + r, 0) / reference.length : reference;

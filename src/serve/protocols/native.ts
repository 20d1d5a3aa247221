/**
 * Our own protocol: `POST /v1/score`, with everything that the objective says of each response, and
 * `GET /v1/objective`.
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import { logSigmoid } from "../../objective/index.ts";
import { parseText } from "../dialogue.ts";
import { jsonRoute } from "../json-route.ts";
import type { LiveRequest } from "../live-request.ts";
import { errors, json, type Protocol } from "../openapi.ts";
import type { ScoreService } from "../score-service.ts";
import type { ScoredItem } from "../scorer.ts";

const message = z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() });

const request = z
  .object({
    items: z.array(
      z.object({
        prompt: z
          .union([z.string(), z.array(message).min(1)], "text or a list of {role, content} is needed")
          .openapi({
            description: "messages; or text: one user turn, an HH transcript, or what a chat template wrote",
          }),
        response: z.string(),
      }),
    ),
  })
  .openapi("ScoreRequest");

const value = z
  .object({
    r: z.number().openapi({ description: "raw reward r(x, y)" }),
    reference: z
      .union([z.number(), z.array(z.number())])
      .openapi({ description: "r_ref(x), or several reference rewards" }),
    referenceFrom: z.enum(["prompt", "estimator", "global"]),
    z: z.number().openapi({ description: "(r − r_ref)/T" }),
    p: z.number().openapi({ description: "σ(z), in 0…1" }),
    u: z.number().openapi({ description: "log σ(z), at most 0" }),
  })
  .openapi("ScoredValue");

const item = z
  .object({
    u: z.number().openapi({ description: "utility: log p(goal), at most 0" }),
    p: z.number().openapi({ description: "p(goal), in 0…1" }),
    bindingValue: z
      .string()
      .nullable()
      .openapi({ description: "the value that holds this answer back most; null where none does" }),
    gradient: z.record(z.string(), z.number()).openapi({ description: "∂u/∂r of each value" }),
    values: z.record(z.string(), value),
    promptHash: z.string(),
  })
  .openapi("ScoredItem");

const response = z
  .object({
    objective: z.string().openapi({ description: "hash of the objective file" }),
    items: z.array(item),
  })
  .openapi("ScoreResponse");

const objective = z
  .object({
    hash: z.string(),
    goal: z.string(),
    values: z.record(
      z.string(),
      z.object({
        model: z.string().openapi({ description: "kind of model: directory, …" }),
        temperature: z.number(),
        reference: z.string().openapi({ description: "how references were made" }),
        prompts: z.number().openapi({ description: "prompts with a reference of their own" }),
        otherwise: z.enum(["error", "global", "estimator"]),
      }),
    ),
  })
  .openapi("Objective");

const scoreRoute = createRoute({
  method: "post",
  path: "/v1/score",
  summary: "Score responses under the objective",
  request: { body: { content: json(request), required: true } },
  responses: { 200: { description: "one item a response, in order", content: json(response) }, ...errors },
});

const objectiveRoute = createRoute({
  method: "get",
  path: "/v1/objective",
  summary: "The objective in force",
  responses: { 200: { description: "the objective", content: json(objective) } },
});

export const nativeProtocol = (service: ScoreService): Protocol => ({
  documented: [scoreRoute, objectiveRoute],
  json: [jsonRoute(scoreRoute.path, request, (body, live) => score(body, live, service))],
  mount: (app) => app.get(objectiveRoute.path, (c) => c.json(describe(service))),
});

async function score(
  { items }: z.infer<typeof request>,
  live: LiveRequest,
  service: ScoreService,
): Promise<z.infer<typeof response>> {
  const asked = items.map(({ prompt, response }, i) => ({
    prompt: typeof prompt === "string" ? parseText(prompt, `items.${i}.prompt`) : prompt,
    response,
  }));
  const { objective, items: scored } = await service.score(live, asked);
  return { objective: objective.file.hash, items: scored().map(toItem) };
}

function toItem({ referencesFrom, values, ...rest }: ScoredItem): z.infer<typeof item> {
  return {
    ...rest,
    values: Object.fromEntries(
      Object.entries(values).map(([name, each]) => [
        name,
        { ...each, u: logSigmoid(each.z), referenceFrom: referencesFrom[name]! },
      ]),
    ),
  };
}

function describe(service: ScoreService): z.infer<typeof objective> {
  const { file, values } = service.objective();
  return {
    hash: file.hash,
    goal: file.goal,
    values: Object.fromEntries(
      values.map((value) => {
        const { model, temperature, reference } = file.values[value]!;
        const { kind, prompts = {}, otherwise } = reference;
        return [
          value,
          {
            model: model.kind,
            temperature,
            reference: kind,
            prompts: Object.keys(prompts).length,
            otherwise,
          },
        ];
      }),
    ),
  };
}

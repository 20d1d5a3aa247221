/**
 * OpenRLHF's remote reward: `POST /get_reward`. The current form carries prompts beside whole texts (`query`, with the
 * chat template's tokens kept); the old one, up to 0.6, whole texts alone.
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import { type Objective, type ReferenceValue, sigmoid } from "../../objective/index.ts";
import type { RewardItem } from "../../rewards/index.ts";
import { cutPrompt, parseText, splitText } from "../dialogue.ts";
import { jsonRoute } from "../json-route.ts";
import type { LiveRequest } from "../live-request.ts";
import { errors, json, type Protocol } from "../openapi.ts";
import type { ScoreService } from "../score-service.ts";
import type { Scored } from "../scorer.ts";
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

export const openRlhfProtocol = (service: ScoreService): Protocol => ({
  documented: [route],
  json: [jsonRoute(route.path, request, (body, live) => getReward(body, live, service))],
});

async function getReward(
  { query, prompts, labels }: z.infer<typeof request>,
  live: LiveRequest,
  service: ScoreService,
): Promise<z.infer<typeof response>> {
  checkLength("prompts", prompts, query.length);
  checkLength("labels", labels, query.length);
  const items = query.map((text, i) => {
    const prompt = prompts?.[i];
    return prompt === undefined ? splitText(text, `query.${i}`) : itemOf(text, prompt, i);
  });
  const scored = await service.score(live, items);
  const rewards = listOf(scored.u.length, (i) => scored.u[i]!);
  if (prompts === undefined) return { rewards };
  return {
    rewards,
    scores: rewards.map(Math.exp),
    extra_logs: extraLogs(scored),
  };
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

/** What is logged of each value, by the end of its name: of response `i` and the value at `v`. */
const LOGGED: Record<string, (scored: Scored, v: number, i: number) => number> = {
  r: ({ rewards }, v, i) => rewards[v]![i]!,
  r_ref: ({ references, objective }, v, i) => mean(references[i]!.values[objective.values[v]!]!),
  z: ({ z }, v, i) => z[v]![i]!,
  p: ({ z }, v, i) => sigmoid(z[v]![i]!),
  own_reference: ({ references, objective }, v, i) =>
    references[i]!.from[objective.values[v]!] === "prompt" ? 1 : 0,
};

/** Names that are put together anew for each request cost it more than its numbers do. */
const columns = new WeakMap<Objective, { key: string; v: number; of: (typeof LOGGED)[string] }[]>();

function columnsOf(objective: Objective) {
  let found = columns.get(objective);
  if (found === undefined) {
    found = objective.values.flatMap((value, v) =>
      Object.entries(LOGGED).map(([name, of]) => ({ key: `${value}/${name}`, v, of })),
    );
    columns.set(objective, found);
  }
  return found;
}

/** `Array.from` would take the greater part of what a small request takes. */
function listOf(length: number, of: (i: number) => number): number[] {
  const list: number[] = [];
  for (let i = 0; i < length; i++) list.push(of(i));
  return list;
}

/** One list a number, each as long as `rewards`, as OpenRLHF averages them for its logs. */
function extraLogs(scored: Scored): Record<string, number[]> {
  const logs: Record<string, number[]> = {};
  for (const { key, v, of } of columnsOf(scored.objective))
    logs[key] = listOf(scored.u.length, (i) => of(scored, v, i));
  return logs;
}

const mean = (reference: ReferenceValue): number =>
  Array.isArray(reference) ? reference.reduce((sum, r) => sum + r, 0) / reference.length : reference;

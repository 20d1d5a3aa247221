/**
 * NeMo Gym's resources server: `POST /verify` answers its request with `reward` and, for training on several rewards
 * (GDPO), `reward_components`. `POST /seed_session` is asked before each rollout; there is nothing to prepare.
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import { logSigmoid } from "../../objective/index.ts";
import type { Message } from "../../preferences/index.ts";
import type { RewardItem } from "../../rewards/index.ts";
import { jsonRoute } from "../json-route.ts";
import type { LiveRequest } from "../live-request.ts";
import { errors, json, type Protocol } from "../openapi.ts";
import type { ScoreService } from "../score-service.ts";
import { ServeError } from "../serve-error.ts";

const textPart = z.looseObject({ type: z.enum(["input_text", "output_text", "text"]), text: z.string() });
const otherPart = z.looseObject({ type: z.string() });
const content = z.union([z.string(), z.array(z.union([textPart, otherPart]))]);
const inputItem = z.looseObject({
  type: z.string().optional(),
  role: z.string().optional(),
  content: content.optional(),
});

const request = z
  .looseObject({
    responses_create_params: z.looseObject({
      input: z.union([z.string(), z.array(inputItem)]),
      instructions: z.string().nullish(),
    }),
    response: z.looseObject({ output: z.array(inputItem) }),
  })
  .openapi("NemoGymVerifyRequest");

const response = z
  .looseObject({
    reward: z.number().openapi({ description: "u = log p(goal), at most 0" }),
    reward_components: z
      .record(z.string(), z.number())
      .openapi({ description: "u of each value: log p(value), at most 0" }),
  })
  .openapi("NemoGymVerifyResponse");

const route = createRoute({
  method: "post",
  path: "/verify",
  summary: "NeMo Gym's verify: the request, with its reward and the reward's components",
  request: { body: { content: json(request), required: true } },
  responses: { 200: { description: "the request and its reward", content: json(response) }, ...errors },
});

type VerifyRequest = z.infer<typeof request>;

export const nemoGymProtocol = (service: ScoreService): Protocol => ({
  documented: [route],
  json: [
    jsonRoute(route.path, request, (body, live) => verify(body, live, service)),
    { path: "/seed_session", answer: async () => ({}) },
  ],
});

async function verify(
  body: VerifyRequest,
  live: LiveRequest,
  service: ScoreService,
): Promise<z.infer<typeof response>> {
  const { objective, u, z } = await service.score(live, [itemOf(body)]);
  const components = objective.values.map((value, v) => [value, logSigmoid(z[v]![0]!)]);
  return { ...body, reward: u[0]!, reward_components: Object.fromEntries(components) };
}

function itemOf({ responses_create_params: { input, instructions }, response }: VerifyRequest): RewardItem {
  const system: Message[] = instructions ? [{ role: "system", content: instructions }] : [];
  const turns =
    typeof input === "string" ? [{ role: "user" as const, content: input }] : messagesOf(input, "input");
  const said = messagesOf(response.output, "output");
  const last = said.at(-1);
  if (last === undefined) {
    throw new ServeError("bad_request", "response.output: there is no message of the assistant in it");
  }
  return { prompt: [...system, ...turns, ...said.slice(0, -1)], response: last.content };
}

const roles: Partial<Record<string, Message["role"]>> = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
};

/** The messages among the items; reasoning and calls of tools are no text of the dialogue. */
function messagesOf(items: readonly z.infer<typeof inputItem>[], field: string): Message[] {
  const messages = items.filter(({ type = "message" }) => type === "message");
  return messages.map(({ role = "assistant", content = "" }, i) => {
    const known = roles[role];
    if (known === undefined) {
      throw new ServeError(
        "bad_request",
        `${field}.${i}: a message of "${role}", and a reward model reads system, user and assistant`,
      );
    }
    return { role: known, content: textOf(content) };
  });
}

function textOf(parts: z.infer<typeof content>): string {
  if (typeof parts === "string") return parts;
  return parts.map((part) => ("text" in part && typeof part.text === "string" ? part.text : "")).join("");
}

/**
 * From a client's request to what the proxy does about it.
 * @module
 */
import { z } from "zod";
import { ChatError, refusedBody } from "../chat/openai-error.ts";
import { type ChatMessageParam, chatRequestSchema } from "../chat/schema.ts";
import type { ProxySettings } from "./settings.ts";

/** The field `allgood` of a request: `extra_body` of OpenAI's Python client, a further field in its JavaScript one. */
const ownFields = z.strictObject({
  k: z.int().min(1).optional(),
  gamma: z.number().min(0).nullable().optional(),
  /** Whether the answer brings the messages of all candidates. */
  return_candidates: z.boolean().optional(),
});

export type SamplingPlan = {
  /** What the upstream gets beside `n` and `seed`: all that the client sent but those, the stream and `allgood`. */
  body: Record<string, unknown>;
  model: string;
  messages: ChatMessageParam[];
  /** Answers to give. */
  n: number;
  /** Candidates to sample, ≥ n. */
  k: number;
  /** 0: hard best-of-k. */
  gamma: number;
  seed: number | undefined;
  /** `json_object`, `json_schema`: what is not JSON stands behind what is. */
  format: "text" | "json" | "json object";
  stream: boolean;
  includeUsage: boolean;
  returnCandidates: boolean;
  /** What the client should know of how its request was read. */
  notes: string[];
};

/**
 * @param header reads a header of the request: `x-allgood-k` and `x-allgood-gamma` count where the body says nothing
 * @throws ChatError for a body that is not a request of chat completions, or asks for more than the settings allow
 */
export function planSampling(
  json: unknown,
  header: (name: string) => string | undefined,
  settings: ProxySettings,
): SamplingPlan {
  const parsed = chatRequestSchema.safeParse(json);
  if (!parsed.success) throw refusedBody(parsed.error);
  const { allgood, n: asked, seed, stream, stream_options, ...body } = parsed.data;
  const own = { ...headerFields(header), ...ownFieldsOf(allgood) };
  const n = asked ?? 1;
  return {
    body,
    model: body.model,
    messages: body.messages,
    n,
    ...candidatesOf(n, own.k, body.temperature, settings),
    gamma: own.gamma === undefined ? settings.gamma : (own.gamma ?? 0),
    seed: seed ?? undefined,
    format: formatOf(body.response_format?.type),
    stream: stream ?? false,
    includeUsage: stream_options?.include_usage ?? false,
    returnCandidates: own.return_candidates ?? false,
  };
}

function candidatesOf(
  n: number,
  own: number | undefined,
  temperature: number | null | undefined,
  { k, maxK }: ProxySettings,
): { k: number; notes: string[] } {
  if (own !== undefined && own < n)
    throw refused("allgood.k", `${n} answers can't be chosen among ${own} candidates: ask for k ≥ n`);
  const most = Math.max(own ?? n, n);
  if (most > maxK) {
    const field = own === undefined ? "n" : "allgood.k";
    throw refused(field, `${most} candidates are more than the ${maxK} that this proxy samples at most`);
  }
  if (temperature === 0)
    return { k: n, notes: n === (own ?? k) ? [] : ["temperature 0 makes all candidates equal: k is n"] };
  if (own === undefined && n > k) return { k: n, notes: [`k was raised from ${k} to n`] };
  return { k: own ?? k, notes: [] };
}

function formatOf(type: string | undefined): SamplingPlan["format"] {
  if (type === "json_object") return "json object";
  return type === "json_schema" ? "json" : "text";
}

function ownFieldsOf(value: unknown): z.infer<typeof ownFields> {
  if (value === undefined || value === null) return {};
  const parsed = ownFields.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const param = ["allgood", ...path.map(String)].join(".");
  throw refused(param, message);
}

function headerFields(header: (name: string) => string | undefined): z.infer<typeof ownFields> {
  const number = (name: string) => {
    const text = header(name);
    return text === undefined || text.trim() === "" ? undefined : Number(text);
  };
  const k = number("x-allgood-k");
  const gamma = number("x-allgood-gamma");
  const parsed = ownFields.safeParse({
    ...(k !== undefined && { k }),
    ...(gamma !== undefined && { gamma }),
  });
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw refused(`x-allgood-${String(path[0])}`, message);
}

const refused = (param: string, message: string) =>
  new ChatError("bad_request", `${param}: ${message}`, { param });

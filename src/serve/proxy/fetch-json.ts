import type { z } from "zod";
import { jsonText } from "../read-body.ts";
import { errorOfStatus, UpstreamError } from "./upstream-error.ts";

const LONGEST_ANSWER = 64 * 2 ** 20;

export type UpstreamRequest = {
  signal: AbortSignal;
  /** The client's header, sent where there is no key. */
  authorization?: string | undefined;
  key: string | undefined;
};

/**
 * One request to an upstream, and its answer if that is whole and of the right form.
 *
 * @param body undefined: GET
 * @throws UpstreamError; ServeError for a body that can't be written; the signal's reason once that fires
 */
export async function fetchJson<T>(
  url: string,
  schema: z.ZodType<T>,
  { signal, authorization, key }: UpstreamRequest,
  body: object | undefined,
): Promise<T> {
  const sent = key === undefined ? authorization : `Bearer ${key}`;
  // before the work that the upstream is blamed for
  const json = body === undefined ? undefined : jsonText(body);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: json === undefined ? "GET" : "POST",
      headers: {
        accept: "application/json",
        ...(sent !== undefined && { authorization: sent }),
        ...(json !== undefined && { "content-type": "application/json" }),
      },
      ...(json !== undefined && { body: json }),
      // the key goes to the address that was named, and nowhere else
      redirect: "manual",
      signal,
    });
    text = await readText(response);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UpstreamError) throw error;
    throw new UpstreamError("down", "upstream_failed", `the upstream did not answer: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  if (!response.ok) throw errorOfStatus(response, text, key !== undefined);
  return parseAnswer(text, schema);
}

async function readText({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body ?? []) {
    size += part.length;
    if (size > LONGEST_ANSWER)
      throw new UpstreamError(
        "failed",
        "upstream_failed",
        `the upstream's answer exceeds ${LONGEST_ANSWER} bytes`,
      );
    parts.push(part);
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts));
}

function parseAnswer<T>(text: string, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UpstreamError("failed", "upstream_failed", "the upstream's answer is not JSON", {
      cause: error,
    });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const place = path.length === 0 ? "" : `${path.map(String).join(".")}: `;
  throw new UpstreamError(
    "failed",
    "upstream_failed",
    `the upstream's answer is not one of chat completions: ${place}${message}`,
    { cause: parsed.error },
  );
}

/** The system's word, such as ECONNREFUSED; addresses stay out of what clients read. */
function reasonOf(error: unknown): string {
  const { cause } = error instanceof Error ? error : { cause: undefined };
  if (cause instanceof Error)
    return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
  return error instanceof Error ? error.message : String(error);
}

/**
 * Requests to an OpenAI-compatible server, with patience: what passes by itself is tried again after a wait, what does not is an
 * error that names the address, the status and the server's words.
 * @module
 */
import { InputError, show } from "../io/errors.ts";
import { orAborted, retrying } from "../io/retrying.ts";
import { OpenAiRequestError, refusal } from "./openai-refusal.ts";

export type ClientOptions = {
  /** The address up to where `/chat/completions` is added; `/v1` is added to one without a path. */
  url: string;
  /** Sent as a bearer key. */
  key?: string;
  /** Tries of a request, the first included. Default 6. */
  attempts?: number;
  /** Wait before the second try, in milliseconds; doubled before each further one, with jitter. Default 500. */
  firstWaitMs?: number;
  /** How long an answer may take. Default 600,000, ten minutes. */
  timeoutMs?: number;
};

export type OpenAiClient = {
  /** Of chat completions. */
  readonly url: string;
  /**
   * @returns the answer, parsed as JSON and not looked into
   * @throws OpenAiRequestError, or the signal's reason
   */
  post(body: Record<string, unknown>, signal: AbortSignal): Promise<unknown>;
};

/** @throws InputError for an address that is none */
export function openAiClient(options: ClientOptions): OpenAiClient {
  const { key, timeoutMs = 600_000, attempts = 6, firstWaitMs = 500 } = options;
  const url = `${baseUrl(options.url)}/chat/completions`;
  const patience = retrying({
    retries: attempts - 1,
    firstWaitMs,
    maxWaitMs: 60 * firstWaitMs,
    passing: (error) => error instanceof OpenAiRequestError && error.passing,
    retryAfter: (error) => (error instanceof OpenAiRequestError ? error.retryAfter : undefined),
  });
  return {
    url,
    async post(body, signal) {
      signal.throwIfAborted();
      const attempt = () => postOnce(url, body, { key, timeoutMs, signal });
      return orAborted(patience.execute(attempt, signal), signal);
    },
  };
}

function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new InputError({
      problem: "this is not the address of a server",
      found: show(text),
      expected: "http://… or https://…",
    });
  }
  if (url.username !== "" || url.password !== "") {
    throw new InputError({
      problem: "an address with a name or password in it would end up in files and messages",
      found: `${url.protocol}//…@${url.host}`,
      fix: "Leave them out, and give a key instead",
    });
  }
  const path = url.pathname.replace(/\/+$/, "").replace(/\/chat\/completions$/, "");
  return `${url.origin}${path === "" ? "/v1" : path}`;
}

async function postOnce(
  url: string,
  body: Record<string, unknown>,
  { key, timeoutMs, signal }: { key: string | undefined; timeoutMs: number; signal: AbortSignal },
): Promise<unknown> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify(body),
      // the key goes to the address that was named, and nowhere else
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    text = await response.text();
  } catch (error) {
    signal.throwIfAborted();
    throw new OpenAiRequestError(
      {
        problem: "the server did not answer",
        file: url,
        found: reasonOf(error),
        fix: "Check that it runs, and the address",
      },
      { cause: error, passing: true },
    );
  }
  if (!response.ok) throw refusal(response, text, url);
  try {
    return JSON.parse(text);
  } catch (error) {
    // half an answer is as good as none
    throw new OpenAiRequestError(
      { problem: "the server's answer is not JSON", file: url, found: show(text) },
      { cause: error, passing: true },
    );
  }
}

/** The system's word, such as ECONNREFUSED. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer in time";
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
}

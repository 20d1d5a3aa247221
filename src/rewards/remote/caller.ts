/**
 * One way to send a request and to get JSON or a clear error: a limit on how many are under way, a time limit, retries
 * where they may help, a size limit.
 * @module
 */
import { bulkhead, wrap } from "cockatiel";
import { show } from "../../io/errors.ts";
import { orAborted, retryAfterSeconds, retrying } from "../../io/retrying.ts";
import { serverWords } from "../../io/server-words.ts";
import type { RemoteDescription } from "./description.ts";
import { type RemoteFault, RemoteRewardError } from "./remote-error.ts";

export type Caller = {
  /** Where it asks, as errors show it. */
  readonly address: string;
  /**
   * @param body made when its turn comes, so that what waits takes no space
   * @returns parsed JSON
   * @throws RemoteRewardError; the signal's reason once it is aborted
   */
  post(body: () => unknown, signal: AbortSignal): Promise<unknown>;
};

type Limits = Pick<
  RemoteDescription,
  "value" | "concurrency" | "timeoutMs" | "retries" | "maxWaitMs" | "maxBytes"
>;

/** @param headers beside the content type, such as a key */
export function createCaller(url: string, headers: Record<string, string>, limits: Limits): Caller {
  const { origin, pathname } = new URL(url);
  const address = `${origin}${pathname}`;
  const fail = (fault: Omit<RemoteFault, "value" | "address">, cause?: unknown) =>
    new RemoteRewardError({ value: limits.value, address, ...fault }, { cause });
  const policy = wrap(bulkhead(limits.concurrency, Number.MAX_SAFE_INTEGER), patience(limits));
  return {
    address,
    async post(body, signal) {
      signal.throwIfAborted();
      // the wait before a retry does not heed the signal, so the caller is let go at once
      return await orAborted(
        policy.execute(({ signal: within }) => send(JSON.stringify(body()), within), signal),
        signal,
      );
    },
  };

  async function send(body: string, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), limits.timeoutMs);
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json", ...headers },
        body,
        redirect: "error",
        signal: AbortSignal.any([signal, late.signal]),
      });
      const text = await readLimited(response, limits.maxBytes);
      if (text === undefined) {
        throw fail({ problem: "the answer is too large", expected: `at most ${limits.maxBytes} bytes` });
      }
      if (!response.ok) throw fail(refusal(response, text));
      return parse(text, response);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof RemoteRewardError) throw error;
      if (late.signal.aborted) {
        const problem = `no whole answer within ${limits.timeoutMs / 1000} s`;
        throw fail({ problem, transient: true, fix: 'Raise "timeoutMs" if it needs longer' }, error);
      }
      const fix = "Check that the server runs and that the address is right";
      throw fail({ problem: "the connection failed", found: reason(error), transient: true, fix }, error);
    } finally {
      clearTimeout(timer);
    }
  }

  function parse(text: string, response: Response): unknown {
    try {
      return JSON.parse(text);
    } catch (error) {
      const type = response.headers.get("content-type") ?? "no content type";
      const found = `${type}: ${show(text)}`;
      throw fail({ problem: "the answer is not JSON", found, fix: 'Check "url" and "protocol"' }, error);
    }
  }
}

/** Waits grow at random between tries; a server that names a time gets it. */
const patience = ({ retries, maxWaitMs }: Limits) =>
  retrying({
    retries,
    firstWaitMs: 200,
    maxWaitMs,
    passing: (error) =>
      error instanceof RemoteRewardError &&
      error.transient &&
      // to come earlier than asked would not help; to wait that long is for the caller to decide
      (error.fault.retryAfter ?? 0) * 1000 <= maxWaitMs,
    retryAfter: (error) => (error instanceof RemoteRewardError ? error.fault.retryAfter : undefined),
  });

function refusal(response: Response, text: string): Omit<RemoteFault, "value" | "address"> {
  const { status } = response;
  const retryAfter = retryAfterSeconds(response);
  return {
    problem: `the server answered with status ${status}`,
    ...(text !== "" && { found: serverWords(text).message ?? show(text) }),
    transient: status === 429 || (status >= 500 && status !== 501),
    ...(retryAfter !== undefined && { retryAfter }),
    ...(advice[status] !== undefined && { fix: advice[status] }),
  };
}

const advice: Partial<Record<number, string>> = {
  401: 'Name the environment variable that holds the key in "keyFrom"',
  403: 'Check the key in the environment variable that "keyFrom" names',
  404: 'Check "url", "protocol" and "model"',
  413: 'The texts are too long for the server, or "batch" is too large',
  422: 'Check "protocol"; or a text is too long for the model',
  501: 'Check "protocol": the server runs this model for another use',
};

/** The whole body as text; undefined if it is longer than `maxBytes`. */
async function readLimited(response: Response, maxBytes: number): Promise<string | undefined> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What went wrong underneath: fetch itself only says that it failed. */
function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  const code = "code" in cause ? String(cause.code) : undefined;
  return cause.message === "" ? (code ?? cause.name) : cause.message;
}

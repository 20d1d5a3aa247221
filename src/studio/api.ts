/**
 * Asking the studio's server. It is this package's own, of the same version: its answers are trusted to have their form
 * (src/serve/studio/types.ts).
 * @module
 */
import { useCallback, useEffect, useState } from "preact/hooks";

/** An answer that is none: the server's own words, or why it can't be reached. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  /** HTTP status; 0 where the server can't be reached. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

type Query = Readonly<Record<string, string | number>>;

/** The address of a route with its query. */
export function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return `./api/${path}${search.size === 0 ? "" : `?${search}`}`;
}

/** @throws RequestError */
export async function request(path: string, query: Query = {}, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address(path, query), init);
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new RequestError(0, 'The studio\'s server does not answer. Is "allgood view" still running?');
  }
  if (!response.ok) throw new RequestError(response.status, await messageOf(response));
  return response;
}

/** @throws RequestError */
export async function getJson<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  const response = await request(path, query, signal === undefined ? {} : { signal });
  return response.json() as Promise<T>;
}

/** @throws RequestError */
export async function postJson<T>(path: string, body: unknown): Promise<T> {
  const response = await request(
    path,
    {},
    {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    },
  );
  return response.json() as Promise<T>;
}

export type Asked<T> =
  | { state: "loading" }
  | { state: "here"; value: T; again(): void }
  | { state: "failed"; error: unknown; again(): void };

/** Something that is fetched once for `key`, and again on `again()`. */
export function useAsked<T>(key: string, ask: (signal: AbortSignal) => Promise<T>): Asked<T> {
  const [asked, setAsked] = useState<Asked<T>>({ state: "loading" });
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound((before) => before + 1), []);
  useEffect(() => {
    const abort = new AbortController();
    setAsked({ state: "loading" });
    ask(abort.signal).then(
      (value) => !abort.signal.aborted && setAsked({ state: "here", value, again }),
      (error: unknown) => !abort.signal.aborted && setAsked({ state: "failed", error, again }),
    );
    return () => abort.abort();
    // `ask` is made anew at each drawing; `key` says what it asks for
  }, [key, round]);
  return asked;
}

async function messageOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } };
    if (typeof error?.message === "string") return error.message;
  } catch {
    // not JSON: the text itself says what there is to say
  }
  return text === "" ? `The server answered with status ${response.status}.` : text.slice(0, 500);
}

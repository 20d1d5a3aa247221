import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { InputError, UsageError } from "../io/errors.ts";
import type { RequestsInFlight } from "./live-request.ts";
import { ServeError } from "./serve-error.ts";

export type Listening = {
  url: string;
  port: number;
  /**
   * Stops: no new connection, what is in flight is answered, connections close with their answer.
   * @param limitMs after that, what is in flight is refused with `not_ready` and all connections are closed
   */
  drain(limitMs: number): Promise<void>;
};

/** Longer than the idle time of usual balancers (nginx 60 s, AWS 60 s): who closes first must not be us. */
const KEEP_ALIVE_MS = 75_000;
/** How long answers may take to be written, and clients to close, once nothing is in flight. */
const CLOSING_MS = 1_000;

/** @throws InputError if the address is taken or not this machine's */
export async function listen(
  listener: RequestListener,
  { host, port, requests }: { host: string; port: number; requests: RequestsInFlight },
): Promise<Listening> {
  const server = createServer(listener);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 5_000;
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    throw cannotListen(error, host, port);
  }
  const address = server.address() as AddressInfo;
  return {
    url: `http://${isIPv6(host) ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    drain: (limitMs) => drain(server, requests, limitMs),
  };
}

async function drain(server: Server, requests: RequestsInFlight, limitMs: number): Promise<void> {
  requests.draining = true;
  const closed = once(server, "close");
  server.close();
  const end = performance.now() + limitMs;
  while (requests.size > 0 && performance.now() < end) await wait(10);
  requests.abort(new ServeError("not_ready", "the server stops: ask another one", { retryAfter: 1 }));
  const over = new AbortController();
  await Promise.race([closed, wait(CLOSING_MS, undefined, { signal: over.signal })]);
  over.abort();
  server.closeAllConnections();
  await closed;
}

/**
 * Whoever can reach a server without a key can use it.
 * @throws UsageError for a host that other machines may reach, where there is no key
 */
export function refuseOpenHost(host: string, hasKey: boolean): void {
  if (hasKey || isLoopback(host)) return;
  throw new UsageError(
    `--host ${host} can be reached from other machines, and there is no key: give --key-file FILE or --key-env NAME, or listen on 127.0.0.1`,
  );
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);

function cannotListen(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error ? Reflect.get(error, "code") : undefined;
  const problem = problems[String(code)];
  if (problem === undefined) return error;
  return new InputError(
    {
      problem: `${host}:${port} ${problem}`,
      fix: "Choose another with --port or --host; --port 0 takes any free one",
    },
    { cause: error },
  );
}

const problems: Partial<Record<string, string>> = {
  EADDRINUSE: "is in use by another program",
  EADDRNOTAVAIL: "is no address of this machine",
  EACCES: "may not be used by this user",
  ENOTFOUND: "is no name of a machine",
};

import { getRequestListener } from "@hono/node-server";
import type { DestinationStream } from "pino";
import { type AppOptions, createApp } from "./app.ts";
import { jsonListener } from "./json-listener.ts";
import type { Keys } from "./keys.ts";
import { type Listening, listen, refuseOpenHost } from "./listen.ts";
import { RequestsInFlight } from "./live-request.ts";
import { createLog, type Log, type LogLevel } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";

/** What a server's parts share before it listens. */
export type ServerParts = { metrics: Metrics; log: Log; logText: boolean; requests: RequestsInFlight };

export type PartsOptions = {
  /** Default "info": a line a request. */
  logLevel?: LogLevel;
  /** Whether the log may hold what prompts and responses say. Default false. */
  logText?: boolean;
  /** Where the log goes; standard error where absent. */
  destination?: DestinationStream;
};

export function serverParts({
  logLevel = "info",
  logText = false,
  destination,
}: PartsOptions = {}): ServerParts {
  const requests = new RequestsInFlight();
  return {
    metrics: createMetrics(() => requests.size),
    log: createLog(logLevel, destination),
    logText,
    requests,
  };
}

export type ServerOptions = {
  /** Default 127.0.0.1. */
  host?: string;
  /** 0: any free one. */
  port: number;
  keys?: Keys;
  /** Default 16 MiB. */
  maxBodyBytes?: number;
  /** Default 60,000. */
  deadlineMs?: number;
  json?: AppOptions["json"];
  mount?: AppOptions["mount"];
  details?: AppOptions["details"];
  answerError?: AppOptions["answerError"];
};

/**
 * Listens.
 * @throws UsageError for a host that other machines may reach without a key; InputError if the address can't be had
 */
export async function startServer(
  parts: ServerParts,
  {
    host = "127.0.0.1",
    port,
    keys,
    maxBodyBytes = 16 * 2 ** 20,
    deadlineMs = 60_000,
    ...routes
  }: ServerOptions,
): Promise<Listening> {
  refuseOpenHost(host, keys !== undefined);
  const options = { ...parts, maxBodyBytes, deadlineMs, ...routes, ...(keys && { keys }) };
  const app = getRequestListener(createApp(options).fetch);
  return listen(jsonListener(routes.json ?? [], options, app), { host, port, requests: parts.requests });
}

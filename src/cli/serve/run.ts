import { once } from "node:events";
import {
  refuseOpenHost,
  type ServerOptions,
  type ServerParts,
  serverParts,
  startServer,
} from "../../serve/index.ts";
import type { Context, Outcome } from "../command.ts";
import { keysOf, type ServerFlags } from "./options.ts";

/** What a kind of server is made of, once its parts are there. */
export type Served = Pick<ServerOptions, "json" | "mount" | "details" | "answerError"> & {
  /** For people, before the address: `helpful and harmless`. */
  about: string;
  close?: () => void | Promise<void>;
};

/**
 * Serves until Ctrl-C or SIGTERM: loads, listens, says where, waits, drains.
 *
 * @param report told the address once it listens
 */
export async function serveUntilStopped(
  flags: ServerFlags,
  load: (parts: ServerParts) => Promise<Served>,
  report: (outcome: Outcome) => void,
  { signal }: Context,
): Promise<void> {
  const { host, port, logLevel, logText = false } = flags;
  const keys = await keysOf(flags);
  // before models are loaded for nothing
  refuseOpenHost(host, keys !== undefined);
  const parts = serverParts({ logLevel, logText });
  const { about, close, ...served } = await load(parts);
  try {
    signal.throwIfAborted();
    const server = await startServer(parts, {
      ...{ host, port, maxBodyBytes: flags.maxBody * 2 ** 20, deadlineMs: 1000 * flags.deadline },
      ...(keys && { keys }),
      ...served,
    });
    report({ json: { url: server.url }, text: `serving ${about} at ${server.url}` });
    if (!signal.aborted) await once(signal, "abort");
    parts.log.info({ event: "drain", requests: parts.requests.size });
    await server.drain(1000 * flags.drain);
    parts.log.info({ event: "stopped" });
  } finally {
    await close?.();
  }
}

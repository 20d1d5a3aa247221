import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import type { Hono } from "hono";
import type { Message } from "../../preferences/index.ts";
import { type RewardItem, type RewardModel, trainNgram } from "../../rewards/index.ts";
import { makePairs } from "../../rewards/pairs.fixture.ts";
import type { ServeEnv } from "../context.ts";

/** A model that was really trained, on made pairs. */
export async function trainedModel(value = "helpful"): Promise<RewardModel> {
  return (await trainNgram(makePairs(60, { value, lengthBias: 0.3 }), { seed: 1 })).model;
}

/** Dialogues of one and of several turns, with and without a system message, all of different rewards. */
export function dialogues(count: number): RewardItem[] {
  return makePairs(count, { seed: 7 }).map(({ prompt, chosen, rejected }, i): RewardItem => {
    const before: Message[] = [
      { role: "user", content: `first, ${i}` },
      { role: "assistant", content: rejected },
    ];
    const system: Message = { role: "system", content: "Be brief.\nBe kind." };
    const turns = i % 3 === 0 ? prompt : [...before, ...prompt];
    return { prompt: i % 4 === 1 ? [system, ...turns] : turns, response: `${chosen} — ${i}` };
  });
}

export type TestServer = { url: string; close(): Promise<void> };

/** An app on a free port, over real sockets. */
export async function serveApp(app: Hono<ServeEnv>): Promise<TestServer> {
  const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
  if (!server.listening) await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}

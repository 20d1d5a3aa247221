import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { smallGpt2 } from "../../models/configs.fixture.ts";
import { createHfTokenizer, trainBpe } from "../../models/index.ts";
import { randomWeights } from "../../models/random-weights.fixture.ts";
import { LocalPolicy } from "../../policies/index.ts";
import { createRandom } from "../../stats/random.ts";
import { type ChatAppOptions, chatApp } from "./app.ts";

const TEXT = "the cat sat on the mat, and the dog sat on the cat by the door of the house ".repeat(3);

/** A policy of some thousand random weights, which says nonsense quickly. */
export async function tinyPolicy(context = 96): Promise<LocalPolicy> {
  const tokenizer = createHfTokenizer(await trainBpe([TEXT], { vocabSize: 280 }));
  const config = { ...smallGpt2, vocabSize: tokenizer.vocabSize, context };
  const tokens = { bos: null, eos: [tokenizer.eos!], pad: null };
  const model = { config, weights: randomWeights(config, 1), tokens };
  return new LocalPolicy(model, tokenizer, { name: "tiny", threads: 1 });
}

/** A served policy on a free port. */
export async function serveChat(policy: LocalPolicy, options: Partial<ChatAppOptions> = {}) {
  const app = chatApp(policy, { random: createRandom(1), ...options });
  const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
  if (!server.listening) await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    async close() {
      const closed = once(server, "close");
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}

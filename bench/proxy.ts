/**
 * Overhead of `allgood proxy` over the server behind it: the same k samples asked of the upstream and of the proxy, which scores
 * and chooses as well. Behind it a server that answers at once (what is left is the proxy's own work), and our server of a policy
 * of the demo world's size. Real sockets; upstream and proxy in processes of their own; in turn, medians. `proxyCpuMs` is the
 * proxy's own time on a processor for each answer, which a busy machine does not stretch as it does the others.
 *
 *   npm run bench:proxy -- [--json] [--rounds 20] [--k 8] [--tokens 64]
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import {
  CHAT_TEMPLATE,
  createHfTokenizer,
  initialWeights,
  type ModelFiles,
  TURN_TOKENS,
  trainBpe,
} from "../src/models/index.ts";
import {
  createObjective,
  OBJECTIVE_FORMAT,
  type ObjectiveFile,
  sealObjective,
} from "../src/objective/index.ts";
import { LocalPolicy } from "../src/policies/index.ts";
import { trainNgram } from "../src/rewards/index.ts";
import { chatApp } from "../src/serve/chat/app.ts";
import { createScorer, DEFAULT_PROXY_SETTINGS, openUpstream, proxyRoutes } from "../src/serve/index.ts";
import { createRandom } from "../src/stats/random.ts";
import { collectPreferences, createCorpus, createWorld, VALUES } from "../src/world/index.ts";
import { median } from "./compare.ts";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "20" },
    k: { type: "string", default: "8" },
    tokens: { type: "string", default: "64" },
  },
});
const k = Number(options.k);
const TEXT = "The capital of France is Paris. It lies on the Seine, and many people live there. ".repeat(4);

const [role, upstreamUrl] = positionals;
if (role === undefined) await measure();
else if (role === "proxy") listen(await proxy(upstreamUrl!));
else listen(role === "policy" ? await policy() : canned());

function listen(app: { fetch: (request: Request) => Response | Promise<Response> }): void {
  process.once("disconnect", () => process.exit());
  process.on("message", () => process.send?.(process.cpuUsage()));
  serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) =>
    process.send?.(`http://127.0.0.1:${port}`),
  );
}

/** Answers at once with n texts of a paragraph. */
function canned(): Hono {
  const app = new Hono();
  app.post("/v1/chat/completions", async (c) => {
    const { n = 1 } = await c.req.json<{ n?: number }>();
    const choices = Array.from({ length: n }, (_, index) => ({
      index,
      message: { role: "assistant", content: `${index} ${TEXT}` },
      finish_reason: "stop",
    }));
    const usage = { prompt_tokens: 20, completion_tokens: 80 * n, total_tokens: 20 + 80 * n };
    return c.json({ id: "a", object: "chat.completion", created: 1, model: "m", choices, usage });
  });
  return app;
}

async function policy(): Promise<ReturnType<typeof chatApp>> {
  const corpus = createCorpus({ seed: 1, topics: 4, prompts: 200 });
  const texts = Array.from(corpus.train, ({ prompt, response }) => `${prompt[0]!.content}\n${response}`);
  const files = await trainBpe(texts, { vocabSize: 512, special: TURN_TOKENS, chatTemplate: CHAT_TEMPLATE });
  // no token ends a response: all are of the same length
  const tokenizer = { ...createHfTokenizer(files), eos: null };
  const config: ModelFiles["config"] = {
    ...{
      vocabSize: tokenizer.vocabSize,
      dim: 128,
      layers: 4,
      heads: 4,
      kvHeads: 4,
      headDim: 32,
      hidden: 384,
    },
    context: 256,
    norm: { kind: "rms", epsilon: 1e-5 },
    activation: "gated-silu",
    positions: { kind: "rotary", theta: 10_000 },
    attentionBias: "none",
    mlpBias: false,
    tiedEmbeddings: true,
  };
  const weights = initialWeights(config, createRandom(1));
  const model = { config, weights, tokens: { bos: tokenizer.bos, eos: [], pad: null } };
  return chatApp(new LocalPolicy(model, tokenizer, { name: "m", threads: 1 }), { random: createRandom(1) });
}

/** Before it an objective over one n-gram model a value of the demo world. */
async function proxy(url: string) {
  const world = createWorld(1, { prompts: 96, k: 4 });
  const models = new Map();
  const values: ObjectiveFile["values"] = {};
  for (const value of VALUES) {
    const pairs = collectPreferences(world.candidateSets, { value, pairsPerPrompt: 2, seed: 1 });
    models.set(value, (await trainNgram(pairs, { seed: 1, l2: 1e-3 })).model);
    const reference = { kind: "fixed", global: 0, otherwise: "global" } as const;
    values[value] = { model: { kind: "column", name: value }, temperature: 1, reference };
  }
  const file = await sealObjective({ format: OBJECTIVE_FORMAT, goal: VALUES.join(" and "), values });
  const scorer = createScorer(createObjective(file), models);
  return proxyRoutes({
    upstream: openUpstream({ url }),
    scorer: () => scorer,
    settings: { ...DEFAULT_PROXY_SETTINGS, k, maxK: k },
    random: createRandom(1),
    passKey: false,
  });
}

async function measure(): Promise<void> {
  const rows = [];
  for (const upstream of ["canned", "policy"]) {
    const behind = await start(upstream);
    const before = await start("proxy", behind.url);
    for (const clients of [1, 16])
      rows.push({ upstream, clients, ...(await compare(behind.url, before, clients)) });
    behind.stop();
    before.stop();
  }
  console.log(options.json ? JSON.stringify({ k, tokens: Number(options.tokens), rows }) : table(rows));
}

type Started = { url: string; cpuMs: () => Promise<number>; stop: () => void };

async function start(...args: string[]): Promise<Started> {
  const child = fork(fileURLToPath(import.meta.url), [...args, "--k", options.k], {
    execArgv: process.execArgv,
  });
  const [url] = await once(child, "message");
  return {
    url: String(url),
    async cpuMs() {
      child.send("cpu");
      const [{ user, system }] = await once(child, "message");
      return (user + system) / 1000;
    },
    stop: () => child.kill(),
  };
}

type Row = Awaited<ReturnType<typeof compare>> & { upstream: string; clients: number };

/** Milliseconds to an answer, n = k asked of the upstream and 1 of k asked of the proxy, in turn. */
async function compare(upstream: string, proxy: Started, clients: number) {
  let cpu = 0;
  const ms = { upstream: [] as number[], proxy: [] as number[] };
  for (let round = -5; round < Number(options.rounds); round++) {
    // the first rounds warm both up
    if (round === 0) cpu = await proxy.cpuMs();
    for (const side of round % 2 === 0
      ? (["upstream", "proxy"] as const)
      : (["proxy", "upstream"] as const)) {
      const asked = Array.from({ length: clients }, (_, i) =>
        side === "proxy"
          ? ask(proxy.url, {}, round * clients + i)
          : ask(upstream, { n: k }, round * clients + i),
      );
      const times = await Promise.all(asked);
      if (round >= 0) ms[side].push(...times);
    }
  }
  cpu = (await proxy.cpuMs()) - cpu;
  const [direct, through] = [median(ms.upstream), median(ms.proxy)];
  return {
    upstreamMs: rounded(direct),
    proxyMs: rounded(through),
    overheadMs: rounded(through - direct),
    ratio: rounded(through / direct),
    proxyCpuMs: rounded(cpu / ms.proxy.length),
  };
}

async function ask(url: string, more: object, seed: number): Promise<number> {
  const begun = performance.now();
  const messages = [{ role: "user", content: "What is the capital of France?" }];
  const body = { model: "m", messages, max_tokens: Number(options.tokens), seed: seed + 1000, ...more };
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { choices?: unknown[] };
  if (!response.ok || answer.choices === undefined) throw new Error(JSON.stringify(answer));
  return performance.now() - begun;
}

function rounded(x: number): number {
  return Number(x.toPrecision(3));
}

function table(rows: readonly Row[]): string {
  const head = Object.keys(rows[0]!).map((name) => name.padStart(12));
  const cells = rows.map((row) =>
    Object.values(row)
      .map((cell) => String(cell).padStart(12))
      .join(""),
  );
  return [head.join(""), ...cells].join("\n");
}

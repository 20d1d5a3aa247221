/**
 * Real parts behind and before a proxy: an OpenAI-compatible server of a tiny policy, two n-gram reward models and the objective
 * calibrated on the policy's own samples; all over sockets.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, vi } from "vitest";
import { z } from "zod";
import { type FaultProxy, startFaultProxy } from "../../../test/support/fault-proxy.ts";
import { QUESTIONS, tinyPairs, writeTinyPolicy } from "../../cli/align/tiny-policy.fixture.ts";
import { run } from "../../cli/run.ts";
import { loadModel, loadTokenizer } from "../../models/index.ts";
import { createObjective, type Objective } from "../../objective/index.ts";
import { LocalPolicy } from "../../policies/index.ts";
import type { RewardModel } from "../../rewards/index.ts";
import { loadModelsOf, loadObjective } from "../../rewards/open-objective.ts";
import { createRandom } from "../../stats/random.ts";
import { chatApp } from "../chat/app.ts";
import { createScorer, type Scorer } from "../scorer.ts";
import type { ProxyReport } from "./answer.ts";
import { proxyRoutes } from "./proxy-app.ts";
import { DEFAULT_PROXY_SETTINGS, type ProxySettings } from "./settings.ts";
import { openUpstream, type UpstreamOptions } from "./upstream.ts";

/** Prompts of the objective: each has a reference of its own. */
export const PROMPTS = QUESTIONS;

export type World = {
  /** Holds `objective.json`. */
  folder: string;
  objective: Objective;
  models: Map<string, RewardModel>;
  scorer: Scorer;
  /** The policy's server; not yet listening. */
  app: Hono;
};

/** Makes the folder of a policy, its reward models and `objective.json`. */
async function makeObjective(folder: string): Promise<void> {
  const at = (name: string) => join(folder, name);
  for (const stream of ["stdout", "stderr"] as const)
    vi.spyOn(process[stream], "write").mockReturnValue(true);
  await writeTinyPolicy(folder);
  const prompts = [at("more.jsonl"), at("prompts.jsonl")];
  const sampled = ["lm", "candidates", "--model", at("policy"), "--out", at("base.jsonl"), "--prompts"];
  await run([
    ...sampled,
    ...prompts,
    "--format",
    "text",
    "--max-new-tokens",
    "8",
    "--n",
    "8",
    "--threads",
    "1",
  ]);
  const pairs = tinyPairs(await readFile(at("base.jsonl"), "utf8"));
  for (const value of ["warm", "calm"] as const) {
    await writeFile(at(`${value}.jsonl`), pairs[value]);
    await run(["reward", "train", "--value", value, "--data", at(`${value}.jsonl`), "--out", at(value)]);
  }
  const calibration = ["--data", at("base.jsonl"), "--out", at("objective.json"), "--goal", "warm and calm"];
  await run(["calibrate", "--model", at("warm"), at("calm"), ...calibration]);
  vi.restoreAllMocks();
}

/** The world of a test file. */
export function proxyWorld(): World {
  const world: Partial<World> = {};
  let folder: string;
  let policy: LocalPolicy;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "allgood-proxy-"));
    await makeObjective(folder);
    const path = join(folder, "policy");
    policy = new LocalPolicy(await loadModel(path), await loadTokenizer(path), {
      name: "tiny",
      format: "text",
      threads: 1,
    });
    const objective = createObjective(await loadObjective(join(folder, "objective.json")));
    const { models } = await loadModelsOf(objective, folder);
    const app = chatApp(policy, { random: createRandom(1) });
    Object.assign(world, { folder, objective, models, scorer: createScorer(objective, models), app });
  });
  afterAll(async () => {
    await policy.dispose();
    await rm(folder, { recursive: true });
  });
  return world as World;
}

type Fetches = { fetch(request: Request): Response | Promise<Response> };

/** Listens on a free port until the test ends; gives the address. */
export function listener(): (app: Fetches) => Promise<string> {
  const open: ReturnType<typeof serve>[] = [];
  afterEach(async () => {
    for (const server of open.splice(0)) {
      if ("closeAllConnections" in server) server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    }
  });
  return (app) =>
    new Promise((listening) => {
      const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }: AddressInfo) =>
        listening(`http://127.0.0.1:${port}`),
      );
      open.push(server);
    });
}

export type ProxyChanges = {
  scorer: Scorer;
  settings?: Partial<ProxySettings>;
  upstream?: Partial<UpstreamOptions>;
  passKey?: boolean;
  seed?: number;
};

/** A proxy before an address, with the settings of the command line but for what is said here; waits are short. */
export function proxyBefore(
  url: string,
  { scorer, settings, upstream, passKey = false, seed = 1 }: ProxyChanges,
): Fetches {
  return proxyRoutes({
    upstream: openUpstream({ url, firstWaitMs: 1, ...upstream }),
    scorer: () => scorer,
    settings: { ...DEFAULT_PROXY_SETTINGS, ...settings },
    random: createRandom(seed),
    passKey,
  });
}

/** client → proxy → wire with faults → the tiny policy's server */
export function proxyOverFaults(world: World, listen: (app: Fetches) => Promise<string>) {
  let wire: FaultProxy | undefined;
  afterEach(() => wire?.close());
  return async (changes: Partial<ProxyChanges> = {}) => {
    wire = await startFaultProxy(await listen(world.app));
    const url = await listen(
      proxyBefore(wire.url, { scorer: world.scorer, ...changes, settings: { k: 4, ...changes.settings } }),
    );
    return { wire, url, proxy: clientOf(url) };
  };
}

/** OpenAI's own client; it does not retry, so that a test sees each answer. */
export const clientOf = (url: string): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: "client-key", maxRetries: 0 });

/** What is said to the tiny policy, if nothing else is. */
export const request = (more: object = {}) => ({
  model: "tiny",
  messages: [{ role: "user" as const, content: PROMPTS[0]! }],
  max_tokens: 8,
  seed: 3,
  ...more,
});

export const reportOf = (answer: object): ProxyReport => Reflect.get(answer, "allgood");

export type Body = Record<string, unknown>;

/** A server that asks another app in this process, and may change what goes in; it notes the bodies as they came. */
export function before(
  app: Fetches,
  change: (body: Body) => Body | Response | Promise<Body | Response>,
): Fetches & { bodies: Body[] } {
  const bodies: Body[] = [];
  return {
    bodies,
    async fetch(request) {
      if (request.method === "GET") return app.fetch(request);
      const body = z.record(z.string(), z.unknown()).parse(await request.json());
      bodies.push(body);
      const changed = await change({ ...body });
      if (changed instanceof Response) return changed;
      const headers = { "content-type": "application/json" };
      return app.fetch(
        new Request(request.url, {
          method: "POST",
          headers,
          body: JSON.stringify(changed),
          signal: request.signal,
        }),
      );
    },
  };
}

/** A server that answers as told: for what the tiny policy does not do, such as tools. */
export function scripted(answer: (body: Body) => { choices: Body[] } & Body): Fetches & { bodies: Body[] } {
  return before(new Hono(), (body) => {
    const usage = { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 };
    const head = { id: "chatcmpl-1", object: "chat.completion", created: 1, model: "scripted", usage };
    return Response.json({ ...head, ...answer(body) });
  });
}

import { afterEach } from "vitest";
import { createObjective, logSigmoid, type Objective, sealObjective } from "../objective/index.ts";
import { promptHash } from "../preferences/index.ts";
import type { RewardItem, RewardModel } from "../rewards/index.ts";
import { createApp } from "./app.ts";
import { echoModel, rewardOf } from "./echo-model.fixture.ts";
import type { Keys } from "./keys.ts";
import type { Listening } from "./listen.ts";
import { objectiveRoutes } from "./objective-app.ts";
import { createScoreService } from "./score-service.ts";
import { createScorer, type Scorer } from "./scorer.ts";
import { type ServedModelOptions, servedModel } from "./served-model.ts";
import { type ServerOptions, type ServerParts, serverParts, startServer } from "./server.ts";

export const KNOWN = [{ role: "user" as const, content: "What is the capital of France?" }];
/** References of "helpful" and "safe" at `KNOWN`, and at prompts that were never sampled. */
export const REFERENCES = { helpful: { own: 0.5, global: -1 }, safe: { own: [-1, 0, 2], global: 0.25 } };
export const TEMPERATURES = { helpful: 2, safe: 0.5 };

export async function testObjective(
  goal = "helpful and safe",
  otherwise: "error" | "global" = "global",
): Promise<Objective> {
  const value = (name: keyof typeof REFERENCES) => ({
    model: { kind: "column" as const, name },
    temperature: TEMPERATURES[name],
    reference: {
      kind: "responses" as const,
      prompts: { [promptHash(KNOWN)]: REFERENCES[name].own },
      global: REFERENCES[name].global,
      otherwise,
    },
  });
  return createObjective(
    await sealObjective({
      format: "allgood-objective/1",
      goal,
      values: { helpful: value("helpful"), safe: value("safe") },
    }),
  );
}

/** u of "helpful and safe" where the prompt has no reference of its own, by hand: a sum of two log-sigmoids. */
export function globalUtility(item: RewardItem): number {
  const r = rewardOf(item);
  const { helpful, safe } = REFERENCES;
  return (
    logSigmoid((r - helpful.global) / TEMPERATURES.helpful) +
    logSigmoid((r - safe.global) / TEMPERATURES.safe)
  );
}

export type TestServing = {
  parts: ServerParts;
  /** Lines of the log so far. */
  log: Record<string, unknown>[];
  routes: Pick<ServerOptions, "json" | "mount">;
};

export type TestServingOptions = {
  objective?: Objective;
  /** By value; echoes where absent. */
  models?: Partial<Record<string, RewardModel>>;
  model?: ServedModelOptions;
  maxItems?: number;
  logText?: boolean;
};

/** All protocols over an objective of two values whose rewards tell the items. */
async function testServing(options: TestServingOptions = {}): Promise<TestServing> {
  const log: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void log.push(JSON.parse(line)) };
  const parts = serverParts({ destination, logText: options.logText ?? false });
  const objective = options.objective ?? (await testObjective());
  const models = objective.values.map((value) => {
    const model = options.models?.[value] ?? echoModel({ value });
    return [value, servedModel(model, parts, options.model)] as const;
  });
  const scorer: Scorer = createScorer(objective, new Map(models));
  const service = createScoreService(() => scorer, options.maxItems ?? 4096, parts.metrics);
  return { parts, log, routes: objectiveRoutes(service) };
}

/** The app alone, for `app.request`. */
export async function testApp(options: TestServingOptions & { keys?: Keys; maxBodyBytes?: number } = {}) {
  const { parts, routes } = await testServing(options);
  const keys = options.keys && { keys: options.keys };
  return createApp({
    ...parts,
    maxBodyBytes: options.maxBodyBytes ?? 2 ** 20,
    deadlineMs: 10_000,
    ...routes,
    ...keys,
  });
}

/** Over real sockets, on a free port. */
export async function testServer(
  options: TestServingOptions & Partial<Omit<ServerOptions, "json" | "mount">> = {},
): Promise<Listening & TestServing> {
  const serving = await testServing(options);
  const server = await startServer(serving.parts, { port: 0, ...options, ...serving.routes });
  return { ...server, ...serving };
}

/** The same for a test file: each server is closed after its test. */
export function testServers(): typeof testServer {
  const open: Listening[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.drain(0)));
  });
  return async (options) => {
    const server = await testServer(options);
    open.push(server);
    return server;
  };
}

/** A POST as curl's `-d` makes it: the content type says form. */
export const asCurl = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: typeof body === "string" ? body : JSON.stringify(body),
});

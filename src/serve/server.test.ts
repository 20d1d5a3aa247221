/** What surrounds a request, over real sockets. */
import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import type { RewardItem, RewardModel } from "../rewards/index.ts";
import { createRandom } from "../stats/random.ts";
import { echoModel, rewardOf } from "./echo-model.fixture.ts";
import { createKeys, parseKeys } from "./keys.ts";
import type { Listening } from "./listen.ts";
import { globalUtility, testServer, testServers } from "./serving.fixture.ts";

const KEY = "a-key-of-sixteen-letters";
const serving = testServers();

const item = (name: string): RewardItem => ({
  prompt: [{ role: "user", content: `ask ${name}` }],
  response: name,
});
const bodyOf = (...names: string[]) => ({
  query: names.map((name) => `ask ${name} ${name}`),
  prompts: names.map((name) => `ask ${name}`),
  labels: names.map(() => null),
});
const post = (server: Listening, body: unknown, init: RequestInit = {}) =>
  fetch(`${server.url}/get_reward`, { method: "POST", body: JSON.stringify(body), ...init });
const code = async (response: Response) =>
  ((await response.json()) as { error: { code: string } }).error.code;

/** A model whose answers wait until they are let go. */
function heldModel(value = "helpful") {
  const echo = echoModel({ value });
  let release = () => {};
  const released = new Promise<void>((done) => {
    release = done;
  });
  const seen: { aborted: boolean }[] = [];
  const model: RewardModel = {
    ...echo,
    async score(items, { signal } = {}) {
      const call = { aborted: false };
      seen.push(call);
      signal?.addEventListener("abort", () => {
        call.aborted = true;
      });
      await released;
      return echo.score(items);
    },
  };
  return { model, release: () => release(), seen };
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 2000 && !condition(); i++) await new Promise((done) => setTimeout(done, 2));
  expect(condition()).toBe(true);
}

describe("many clients", () => {
  test("64 at once, each with its own expected answers", async () => {
    const random = createRandom(1);
    const models = {
      helpful: echoModel({ random }),
      safe: echoModel({ value: "safe", random }),
    };
    const server = await serving({ models, model: { maxBatch: 17 } });
    const client = async (c: number) => {
      for (let i = 0; i < 6; i++) {
        const names = Array.from({ length: 1 + ((c + i) % 5) }, (_, n) => `${c}-${i}-${n}`);
        const { rewards } = (await (await post(server, bodyOf(...names))).json()) as { rewards: number[] };
        expect(rewards).toHaveLength(names.length);
        for (const [n, u] of rewards.entries()) expect(u).toBeCloseTo(globalUtility(item(names[n]!)), 10);
      }
    };
    await Promise.all(Array.from({ length: 64 }, (_, c) => client(c)));
    const metrics = await server.parts.metrics.registry.metrics();
    expect(metrics).toContain('allgood_requests_total{route="/get_reward",status="200"} 384');
  });

  test("what one sent can't fail another in the same batch", async () => {
    const server = await serving();
    const [bad, good] = await Promise.all([
      post(server, { query: ["a poison"], prompts: ["a"], labels: [null] }),
      post(server, bodyOf("x")),
    ]);
    expect(bad.status).toBe(502);
    expect(((await good.json()) as { rewards: number[] }).rewards[0]).toBeCloseTo(
      globalUtility(item("x")),
      10,
    );
  });
});

describe("models that fail", () => {
  const broken: [string, RewardModel["score"]][] = [
    ["NaN", async (items) => Float64Array.from(items, () => Number.NaN)],
    ["an infinite reward", async (items) => Float64Array.from(items, () => Number.POSITIVE_INFINITY)],
    ["too few rewards", async (items) => new Float64Array(items.length - 1)],
    ["too many rewards", async (items) => new Float64Array(items.length + 1)],
    ["an exception", () => Promise.reject(new Error("a secret prompt"))],
  ];
  test.each(broken)("%s: 502, and nothing of the message", async (_, score) => {
    const server = await serving({ models: { safe: { ...echoModel({ value: "safe" }), score } } });
    const response = await post(server, bodyOf("x", "y"));
    expect(response.status).toBe(502);
    const text = await response.text();
    expect(text).toContain("upstream_failed");
    expect(text + JSON.stringify(server.log)).not.toContain("secret");
  });

  test("again and again: 503 with Retry-After, and the circuit's state in the metrics", async () => {
    const safe = { ...echoModel({ value: "safe" }), score: () => Promise.reject(new Error("down")) };
    const server = await serving({ models: { safe }, model: { failures: 2, restMs: 60_000 } });
    for (let i = 0; i < 2; i++) expect((await post(server, bodyOf("x"))).status).toBe(502);
    const refused = await post(server, bodyOf("x"));
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(50);
    expect(await code(refused)).toBe("upstream_down");
    expect(await server.parts.metrics.registry.metrics()).toContain('allgood_circuit_state{value="safe"} 2');
  });

  test("one that hangs: 504 at the deadline, which a request may shorten", async () => {
    const { model, seen } = heldModel();
    const server = await serving({ models: { helpful: model } });
    const response = await post(server, bodyOf("x"), { headers: { "x-request-timeout": "0.05" } });
    expect(response.status).toBe(504);
    expect(await code(response)).toBe("deadline");
    await until(() => seen[0]!.aborted);
    const wrong = await post(server, bodyOf("x"), { headers: { "x-request-timeout": "soon" } });
    expect(wrong.status).toBe(400);
  });

  test("a full queue: 429 with Retry-After", async () => {
    const { model, release, seen } = heldModel();
    const server = await serving({ models: { helpful: model }, model: { maxQueued: 1 } });
    const first = post(server, bodyOf("x"));
    await until(() => seen.length === 1);
    const second = post(server, bodyOf("y"));
    const queued = () => server.parts.metrics.models.get("helpful")!.queued();
    await until(() => queued() === 1);
    const refused = await post(server, bodyOf("z"));
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    release();
    expect((await first).status).toBe(200);
    expect((await second).status).toBe(200);
  });
});

describe("a client that leaves", () => {
  test("its work is aborted, its items leave the queue, the log says 499", async () => {
    const { model, seen } = heldModel();
    const server = await serving({ models: { helpful: model } });
    const leave = new AbortController();
    const asked = post(server, bodyOf("x"), { signal: leave.signal });
    await until(() => seen.length === 1);
    leave.abort();
    await expect(asked).rejects.toThrow();
    await until(() => seen[0]!.aborted && server.parts.requests.size === 0);
    await until(() => server.log.some(({ status }) => status === 499));
  });
});

describe("size", () => {
  test.each([
    ["said in advance", (text: string) => text],
    ["in chunks", (text: string) => new Blob([text]).stream()],
  ])("a body over the limit, %s: 413", async (_, make) => {
    const server = await serving({ maxBodyBytes: 1000 });
    const response = await fetch(`${server.url}/get_reward`, {
      method: "POST",
      body: make(JSON.stringify(bodyOf("x".repeat(2000)))),
      duplex: "half",
    } as RequestInit);
    expect(response.status).toBe(413);
    expect(await code(response)).toBe("too_large");
    expect((await post(server, bodyOf("x"))).status).toBe(200);
  });

  test("a body in chunks within the limit is read", async () => {
    const server = await serving();
    const body = new Blob([JSON.stringify(bodyOf("x"))]).stream();
    const init = { method: "POST", body, duplex: "half" } as RequestInit;
    const { rewards } = (await (await fetch(`${server.url}/get_reward`, init)).json()) as {
      rewards: number[];
    };
    expect(rewards[0]).toBeCloseTo(globalUtility(item("x")), 10);
  });
});

describe("keys", () => {
  const keys = createKeys(parseKeys(`# ours\n${KEY}\n\nanother-key-of-enough-letters\n`), "a file");

  test("any of them opens all but health; none, a wrong one, or another scheme opens nothing", async () => {
    const server = await serving({ keys });
    const ask = (authorization?: string) =>
      post(server, bodyOf("x"), { headers: authorization === undefined ? {} : { authorization } });
    expect((await ask(`Bearer ${KEY}`)).status).toBe(200);
    expect((await ask("Bearer another-key-of-enough-letters")).status).toBe(200);
    for (const wrong of [undefined, `Bearer ${KEY}x`, `Basic ${KEY}`, "Bearer ", KEY]) {
      const refused = await ask(wrong);
      expect(refused.status, wrong).toBe(401);
      expect(refused.headers.get("www-authenticate")).toBe("Bearer");
      expect(await code(refused)).toBe("unauthorized");
    }
    expect((await fetch(`${server.url}/metrics`)).status).toBe(401);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });

  test("no key, and one that can be guessed, are refused", () => {
    expect(() => createKeys([], "a file")).toThrow("holds no key");
    expect(() => createKeys(["short"], "a file")).toThrow("can be guessed (found 5 characters");
    expect(() => createKeys(["schlüssel-0123456789"], "a file")).toThrow("a key that clients can't send");
  });

  test("a host that others reach needs one", async () => {
    await expect(testServer({ host: "0.0.0.0" })).rejects.toThrow("--key-file FILE or --key-env NAME");
    const server = await serving({ host: "0.0.0.0", keys });
    expect((await fetch(`http://127.0.0.1:${server.port}/healthz`)).status).toBe(200);
  });

  test("a port that is taken", async () => {
    const server = await serving();
    await expect(testServer({ port: server.port })).rejects.toThrow("is in use by another program");
  });
});

describe("what a request leaves behind", () => {
  test("its id, in the answer and the log; no text, unless that is asked for", async () => {
    const quiet = await serving();
    const answer = await post(quiet, bodyOf("hush"), { headers: { "x-request-id": "mine-1" } });
    expect(answer.headers.get("x-request-id")).toBe("mine-1");
    expect(quiet.log.at(-1)).toMatchObject({ id: "mine-1", route: "/get_reward", status: 200, items: 1 });
    const forged = await post(quiet, { query: ["hush"] }, { headers: { "x-request-id": "a b" } });
    expect(forged.headers.get("x-request-id")).toMatch(/^[\w-]{36}$/);
    expect(JSON.stringify(quiet.log)).not.toContain("hush");
    const loud = await serving({ logText: true });
    await post(loud, { query: ["hush"] });
    expect(JSON.stringify(loud.log)).toContain("hush");
  });

  test("an unknown path lists what there is, and is one route in the metrics", async () => {
    const server = await serving();
    const response = await fetch(`${server.url}/get_rewards`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain("POST /get_reward");
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain('allgood_requests_total{route="unknown",status="404"} 1');
    expect(metrics).toContain("nodejs_eventloop_lag_seconds");
  });

  test("metrics of rewards and references by value", async () => {
    const server = await serving();
    await post(server, bodyOf("x", "y"));
    const metrics = await server.parts.metrics.registry.metrics();
    const sum = Number(/allgood_reward_sum\{value="safe"\} (\S+)/.exec(metrics)![1]);
    expect(sum).toBeCloseTo(rewardOf(item("x")) + rewardOf(item("y")), 10);
    expect(metrics).toContain('allgood_references_total{value="safe",from="global"} 2');
  });
});

describe("drain", () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  /** Over one connection that stays open. */
  const keptAlive = (server: Listening, path: string, body?: string) =>
    new Promise<{ status: number | undefined; headers: IncomingHttpHeaders }>((resolve, reject) => {
      const sent = request(`${server.url}${path}`, { agent, method: body ? "POST" : "GET" }, (answer) => {
        answer.resume().on("end", () => resolve({ status: answer.statusCode, headers: answer.headers }));
      });
      sent.on("error", reject).end(body);
    });
  const connects = (port: number) =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });

  test("what is in flight is answered and its connection closed; nobody else gets in", async () => {
    const { model, release, seen } = heldModel();
    const server = await testServer({ models: { helpful: model } });
    const asked = keptAlive(server, "/get_reward", JSON.stringify(bodyOf("x")));
    await until(() => seen.length === 1);
    const drained = server.drain(10_000);
    expect(await connects(server.port)).toBe(false);
    release();
    expect(await asked).toMatchObject({ status: 200, headers: { connection: "close" } });
    await drained;
  });

  test("an idle connection does not hold up the end", async () => {
    const server = await testServer();
    expect((await keptAlive(server, "/readyz")).headers.connection).toBe("keep-alive");
    await server.drain(60_000);
    expect(await connects(server.port)).toBe(false);
  });

  test("after the limit, what is left is refused, loudly", async () => {
    const { model, seen } = heldModel();
    const server = await testServer({ models: { helpful: model } });
    const asked = post(server, bodyOf("x"));
    await until(() => seen.length === 1);
    await server.drain(20);
    const refused = await asked;
    expect(refused.status).toBe(503);
    expect(await code(refused)).toBe("not_ready");
  });
});

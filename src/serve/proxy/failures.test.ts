import { describe, expect, test } from "vitest";
import type { Fault } from "../../../test/support/fault-proxy.ts";
import { echoModel } from "../echo-model.fixture.ts";
import { createScorer } from "../scorer.ts";
import {
  before,
  clientOf,
  listener,
  proxyBefore,
  proxyOverFaults,
  proxyWorld,
  reportOf,
  request,
} from "./proxy-world.fixture.ts";

const world = proxyWorld();
const listen = listener();
const start = proxyOverFaults(world, listen);

test("what an upstream says outside of OpenAI's form is not passed on", async () => {
  const { wire, proxy } = await start();
  wire.always({ kind: "status", status: 500, body: "stack trace" });
  await expect(proxy.chat.completions.create(request())).rejects.toMatchObject({
    message: expect.not.stringMatching(/stack trace/),
  });
});

test("a body too deep to be passed on is the client's fault: nothing is asked, and the upstream is not blamed", async () => {
  const { wire, proxy } = await start();
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const inside = JSON.stringify({ ...request(), metadata: "DEEP" }).replace('"DEEP"', deep);
  const call = { id: "1", type: "function", function: { name: "f", arguments: deep } };
  const messages = [...request().messages, { role: "assistant", content: null, tool_calls: [call] }];
  const called = JSON.stringify({ ...request(), messages });
  for (const body of [called, ...Array.from({ length: 11 }, () => inside)]) {
    const answer = await fetch(`${proxy.baseURL}/chat/completions`, { method: "POST", body });
    expect({ status: answer.status, text: await answer.text() }).toMatchObject({
      status: 400,
      text: expect.stringContaining("nested too deeply"),
    });
  }
  expect(wire.requests).toBe(0);
  expect((await proxy.chat.completions.create(request())).choices).toHaveLength(1);
});

describe("429", () => {
  const limited = (after: string): Fault => ({
    kind: "status",
    status: 429,
    headers: { "retry-after": after },
    body: '{"error":{"message":"slow down","type":"rate_limit_error","code":"rate_limit_exceeded","param":null}}',
  });

  test("a short wait is waited for", async () => {
    const { wire, proxy } = await start();
    wire.next(limited("0"), limited("0.01"));
    expect((await proxy.chat.completions.create(request())).choices).toHaveLength(1);
    expect(wire.requests).toBe(3);
  });

  test("a long one is the client's to wait for", async () => {
    const { wire, proxy } = await start();
    wire.always(limited("60"));
    const error = await proxy.chat.completions.create(request()).catch((thrown) => thrown);
    expect(error).toMatchObject({ status: 429, code: "rate_limit_exceeded" });
    expect(error.headers.get("retry-after")).toBe("60");
    expect(wire.requests).toBe(1);
  });

  test("no quota is not waited for", async () => {
    const { wire, proxy } = await start();
    wire.always({
      kind: "status",
      status: 429,
      body: '{"error":{"message":"no credit","code":"insufficient_quota"}}',
    });
    await expect(proxy.chat.completions.create(request())).rejects.toMatchObject({
      status: 429,
      code: "insufficient_quota",
    });
    expect(wire.requests).toBe(1);
  });
});

describe("refusals", () => {
  test("a model that the upstream does not have", async () => {
    const { wire, proxy } = await start();
    await expect(proxy.chat.completions.create(request({ model: "huge" }))).rejects.toMatchObject({
      status: 404,
    });
    expect(wire.requests).toBe(1);
  });

  test.each([
    [
      "vLLM, whose code is a number",
      404,
      '{"error":{"message":"The model `huge` does not exist.","type":"NotFoundError","param":"model","code":404}}',
      { status: 404, code: "model_not_found", param: "model", message: /The model `huge` does not exist/ },
    ],
    [
      "transformers, in FastAPI's form",
      400,
      `{"detail":"Server is pinned to 'small'; requested 'huge'."}`,
      { status: 400, code: null, message: /Server is pinned to 'small'; requested 'huge'/ },
    ],
  ])("in the words of %s", async (_, status, body, { message, ...error }) => {
    const { wire, proxy } = await start();
    wire.always({ kind: "status", status, body });
    await expect(proxy.chat.completions.create(request({ model: "huge" }))).rejects.toMatchObject({
      ...error,
      message: expect.stringMatching(message),
    });
  });

  test("501: the upstream can't, now or later", async () => {
    const { wire, proxy } = await start();
    const body = '{"error":{"message":"The model does not support Chat Completions API","code":501}}';
    wire.always({ kind: "status", status: 501, body });
    await expect(proxy.chat.completions.create(request())).rejects.toMatchObject({
      status: 502,
      message: expect.stringContaining("does not support Chat Completions"),
    });
    expect(wire.requests).toBe(1);
  });

  test.each([401, 403])("%i to the proxy's own key is the proxy's fault", async (status) => {
    const { wire, proxy } = await start({ upstream: { key: "secret-key" } });
    wire.always({ kind: "status", status, body: '{"error":{"message":"bad key secret-key"}}' });
    const error = await proxy.chat.completions.create(request()).catch((thrown) => thrown);
    expect(error).toMatchObject({ status: 502, code: "upstream_failed" });
    expect(error.message).toMatch(/refused the proxy's key/);
    expect(error.message).not.toMatch(/secret-key/);
    expect(wire.requests).toBe(1);
  });

  test("401 to the client's key is the client's", async () => {
    const { wire, proxy } = await start({ passKey: true });
    wire.always({ kind: "status", status: 401, body: '{"error":{"message":"bad key"}}' });
    await expect(proxy.chat.completions.create(request())).rejects.toMatchObject({ status: 401 });
  });
});

describe("keys", () => {
  test.each([
    ["the proxy's own", { upstream: { key: "own" }, passKey: true }, "Bearer own"],
    ["the client's, where it is meant for the upstream", { passKey: true }, "Bearer client-key"],
    ["none: a key of the proxy's clients stays here", {}, null],
  ])("%s", async (_, changes, expected) => {
    const seen: (string | null)[] = [];
    const upstream = await listen({
      fetch(incoming) {
        seen.push(incoming.headers.get("authorization"));
        return world.app.fetch(incoming);
      },
    });
    const url = await listen(proxyBefore(upstream, { scorer: world.scorer, ...changes }));
    await clientOf(url).chat.completions.create(request());
    expect(seen).toEqual([expected]);
  });
});

describe("rewards", () => {
  /** A reward model of a value fails; the other does not. */
  const failing = () =>
    createScorer(
      world.objective,
      new Map([
        [
          "warm",
          { ...echoModel({ value: "warm" }), score: () => Promise.reject(new Error("secret detail")) },
        ],
        ["calm", echoModel({ value: "calm" })],
      ]),
    );

  test("that fail: an error, and nothing is said of why", async () => {
    const { proxy } = await start({ scorer: failing() });
    const error = await proxy.chat.completions.create(request()).catch((thrown) => thrown);
    expect(error).toMatchObject({ status: 502, code: "upstream_failed" });
    expect(error.message).not.toMatch(/secret/);
  });

  test("that are not numbers: an error", async () => {
    const nan = { ...echoModel({ value: "warm" }), score: async () => Float64Array.of(0, 1, Number.NaN, 2) };
    const scorer = createScorer(
      world.objective,
      new Map([
        ["warm", nan],
        ["calm", echoModel({ value: "calm" })],
      ]),
    );
    const { proxy } = await start({ scorer });
    await expect(proxy.chat.completions.create(request())).rejects.toMatchObject({ status: 502 });
  });

  test("with --on-reward-failure first: the upstream's first, and the answer says so", async () => {
    const { proxy, wire } = await start({
      scorer: failing(),
      settings: { onRewardFailure: "first", gamma: 1 },
    });
    const { data, response } = await proxy.chat.completions.create(request()).withResponse();
    const all = await clientOf(wire.url).chat.completions.create(request({ n: 4 }));
    expect(data.choices[0]).toEqual(all.choices[0]);
    expect(reportOf(data)).toMatchObject({
      chosen: [0],
      k: 4,
      reward_failure: expect.any(String),
      references: null,
    });
    expect(reportOf(data).candidates.map(({ u }) => u)).toEqual([null, null, null, null]);
    expect(response.headers.get("x-allgood-reward-failure")).toBe("first");
    expect(response.headers.get("x-allgood-u")).toBeNull();
  });

  test("a prompt without a reference is refused before anything is sampled", async () => {
    const { proxy, wire } = await start({ settings: { onRewardFailure: "first" } });
    const messages = [{ role: "user" as const, content: "never seen" }];
    await expect(proxy.chat.completions.create(request({ messages }))).rejects.toMatchObject({
      status: 422,
      code: "no_reference",
    });
    expect(wire.requests).toBe(0);
  });
});

test("an upstream that fails again and again is left alone for a while", async () => {
  const { wire, proxy } = await start({ upstream: { attempts: 1 } });
  wire.always({ kind: "reset" });
  for (let i = 0; i < 10; i++)
    await expect(proxy.chat.completions.create(request())).rejects.toMatchObject({ status: 502 });
  const error = await proxy.chat.completions.create(request()).catch((thrown) => thrown);
  expect(error).toMatchObject({ status: 503, code: "upstream_down" });
  expect(error.headers.get("retry-after")).toBe("5");
  expect(wire.requests).toBe(10);
});

test("one that stumbles over a request is not", async () => {
  const { wire, proxy } = await start({ upstream: { attempts: 1 } });
  wire.next(...Array.from({ length: 20 }, (): Fault => ({ kind: "status", status: 500 })));
  for (let i = 0; i < 20; i++)
    await expect(proxy.chat.completions.create(request())).rejects.toMatchObject({ status: 502 });
  expect((await proxy.chat.completions.create(request())).choices).toHaveLength(1);
});

test("more requests than may wait are told to come again", async () => {
  let open = () => {};
  const gate = new Promise<void>((opened) => {
    open = opened;
  });
  const held = before(world.app, async (body) => {
    await gate;
    return body;
  });
  const upstream = { concurrency: 1, queue: 1 };
  const url = await listen(proxyBefore(await listen(held), { scorer: world.scorer, upstream }));
  const asked = [1, 2, 3].map(() => clientOf(url).chat.completions.create(request()));
  const refused = await Promise.any(
    asked.map((answer) =>
      answer.then(
        () => Promise.reject(),
        (error) => error,
      ),
    ),
  );
  expect(refused).toMatchObject({ status: 429, code: "rate_limit_exceeded" });
  open();
  const results = await Promise.allSettled(asked);
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
});

test("a body that is not JSON", async () => {
  const { url } = await start();
  const response = await fetch(`${url}/v1/chat/completions`, { method: "POST", body: "{" });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error" } });
});

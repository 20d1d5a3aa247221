import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Fault } from "../../../test/support/fault-proxy.ts";
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

const FAULTS: [string, Fault][] = [
  ["reset", { kind: "reset" }],
  ["half a body", { kind: "half-body" }],
  ["half a body, then reset", { kind: "half-body-reset" }],
  ["a length too long", { kind: "wrong-length", by: 7 }],
  ["a length too short", { kind: "wrong-length", by: -7 }],
  ["no JSON", { kind: "body", change: () => "<html>" }],
  ["NaN", { kind: "body", change: (body) => body.replace(/"index":0/, '"index":NaN') }],
  [
    "no choices",
    { kind: "body", change: () => '{"id":"a","object":"chat.completion","created":1,"model":"m"}' },
  ],
  [
    "an empty list of choices",
    { kind: "body", change: (body) => body.replace(/"choices":\[.*\],"usage"/, '"choices":[],"usage"') },
  ],
  ["a choice without a message", { kind: "body", change: (body) => body.replace('"message"', '"massage"') }],
  ["another object", { kind: "body", change: () => '{"rewards":[1]}' }],
  ["500", { kind: "status", status: 500, body: "stack trace" }],
  ["502", { kind: "status", status: 502 }],
];

describe.each(FAULTS)("%s", (_, fault) => {
  test("once: asked again, and the answer is the right one", async () => {
    const { wire, proxy } = await start();
    const right = await proxy.chat.completions.create(request());
    wire.next(fault, fault);
    const answer = await proxy.chat.completions.create(request());
    expect(wire.requests).toBe(4);
    expect(answer.choices).toEqual(right.choices);
    expect(answer.usage).toEqual(right.usage);
    expect(reportOf(answer)).toEqual(reportOf(right));
  });

  test("always: an error in OpenAI's form, to streams too", async () => {
    const { wire, proxy } = await start();
    wire.always(fault);
    const expected = { status: 502, code: "upstream_failed", type: "server_error" };
    await expect(proxy.chat.completions.create(request())).rejects.toMatchObject(expected);
    expect(wire.requests).toBe(3);
    await expect(proxy.chat.completions.create(request({ stream: true }))).rejects.toMatchObject(expected);
  });
});

describe("time", () => {
  /** An upstream that never answers, and hears of it when nobody waits any more. */
  function silent() {
    const heard = { asked: 0, cancelled: 0 };
    const fetch = ({ signal }: Request) => {
      heard.asked += 1;
      signal.addEventListener("abort", () => {
        heard.cancelled += 1;
      });
      return new Promise<Response>(() => {});
    };
    return { heard, fetch };
  }

  test.each<[string, Fault]>([
    ["hangs", { kind: "hang" }],
    ["drips", { kind: "drip", bytes: 1, everyMs: 20 }],
  ])("an upstream that %s: the deadline", async (_, fault) => {
    const { wire, proxy } = await start({ settings: { deadlineMs: 100 } });
    wire.always(fault);
    const expected = { status: 504, code: "timeout" };
    await expect(proxy.chat.completions.create(request())).rejects.toMatchObject(expected);
  });

  test("at the deadline the upstream is told that nobody waits", async () => {
    const upstream = silent();
    const options = { scorer: world.scorer, settings: { deadlineMs: 50 } };
    const proxy = clientOf(await listen(proxyBefore(await listen(upstream), options)));
    await expect(proxy.chat.completions.create(request())).rejects.toMatchObject({ status: 504 });
    await until(() => upstream.heard.cancelled === 1);
  });

  test("a stream that has begun ends with an error and without [DONE]", async () => {
    const { wire, proxy, url } = await start({ settings: { deadlineMs: 100, keepAliveMs: 20 } });
    wire.always({ kind: "hang" });
    const stream = proxy.chat.completions.stream(request());
    await expect(stream.done()).rejects.toMatchObject({ code: "timeout", type: "server_error" });
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify(request({ stream: true })),
    });
    expect(await response.text()).toMatch(/^(: sampling and scoring\n\n)+data: \{"error":\{[^\n]*\}\n\n$/);
  });

  test.each([true, false])(
    "a client that leaves (stream: %s) cancels what was asked for it",
    async (stream) => {
      const upstream = silent();
      const options = { scorer: world.scorer, settings: { keepAliveMs: 10 } };
      const url = await listen(proxyBefore(await listen(upstream), options));
      const leave = new AbortController();
      const answer = fetch(`${url}/v1/chat/completions`, {
        method: "POST",
        body: JSON.stringify(request({ stream })),
        signal: leave.signal,
      });
      const outcome = Promise.allSettled([answer]);
      await until(() => upstream.heard.asked === 1);
      // a stream has its status by now
      if (stream) await answer;
      leave.abort();
      await until(() => upstream.heard.cancelled === 1);
      expect((await outcome)[0].status).toBe(stream ? "fulfilled" : "rejected");
      expect(upstream.heard.asked).toBe(1);
    },
  );

  test("separate requests are cancelled once their answer can't be had", async () => {
    const cancelled: unknown[] = [];
    const upstream = before(
      {
        fetch: (incoming) =>
          new Promise<Response>(() => {
            incoming.signal.addEventListener("abort", () => cancelled.push(1));
          }),
      },
      (body) => {
        if ("n" in body) return Response.json({ error: { message: "no n" } }, { status: 400 });
        if (body.seed === 3)
          return world.app.request("/v1/chat/completions", { method: "POST", body: JSON.stringify(body) });
        return body.seed === 5 ? Response.json({ error: { message: "no" } }, { status: 400 }) : body;
      },
    );
    const options = { scorer: world.scorer, settings: { k: 4 } };
    const proxy = clientOf(await listen(proxyBefore(await listen(upstream), options)));
    await expect(proxy.chat.completions.create(request())).rejects.toMatchObject({ status: 400 });
    await until(() => cancelled.length === 2);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(5);
}

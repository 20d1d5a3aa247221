/**
 * Faults on the wire between `allgood serve` and the reward model that it asks. Whatever happens there, a client gets the
 * right rewards or an error: status 200 never carries a wrong or a missing one.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { remoteReward } from "../src/rewards/index.ts";
import type { RemoteDescription } from "../src/rewards/remote/description.ts";
import { echoModel } from "../src/serve/echo-model.fixture.ts";
import type { Listening } from "../src/serve/index.ts";
import { serverParts, startServer } from "../src/serve/index.ts";
import { DIALECTS } from "../src/serve/protocols/dialects.ts";
import { globalUtility, testServer } from "../src/serve/serving.fixture.ts";
import { type Fault, type FaultProxy, startFaultProxy } from "./support/fault-proxy.ts";

let upstream: Listening;
let proxy: FaultProxy;
/** Asks its model through the proxy once; and up to three times. */
let once: Listening;
let patient: Listening;

const describeRemote = (url: string, retries: number): RemoteDescription => ({
  ...{ format: "allgood-remote/1", value: "helpful", protocol: "vllm-classify", url, text: "transcript" },
  ...{ batch: 32, concurrency: 8, timeoutMs: 300, retries, maxWaitMs: 50, maxBytes: 2 ** 20 },
  activationField: "use_activation",
});

beforeAll(async () => {
  upstream = await startServer(serverParts({ logLevel: "silent" }), {
    port: 0,
    mount: (app) => app.route("/", DIALECTS.vllm.routes(echoModel())),
  });
  proxy = await startFaultProxy(upstream.url);
  const through = (retries: number) =>
    testServer({
      models: { helpful: remoteReward(describeRemote(proxy.url, retries)) },
      // the circuit has its own tests
      model: { failures: 1000, timeoutMs: 3_000 },
    });
  once = await through(0);
  patient = await through(2);
});
beforeEach(() => proxy.always(undefined));
afterAll(async () => {
  await Promise.all([once, patient].map((server) => server?.drain(0)));
  await proxy?.close();
  await upstream?.drain(0);
});

type Answer = { status: number; body: { rewards?: unknown; error?: { code: string } } };

let asked = 0;
/** Two responses that nobody has asked for before, and what they must bring. */
async function ask(server: Listening): Promise<Answer & { expected: number[] }> {
  const names = [0, 1].map((i) => `response ${i} of request ${asked}`);
  asked += 1;
  const response = await fetch(`${server.url}/get_reward`, {
    method: "POST",
    body: JSON.stringify({
      query: names.map((name) => `\n\nHuman: Go on.\n\nAssistant: ${name}`),
      prompts: names.map(() => "\n\nHuman: Go on.\n\nAssistant:"),
      labels: names.map(() => null),
    }),
  });
  const expected = names.map((response) =>
    globalUtility({ prompt: [{ role: "user", content: "Go on." }], response }),
  );
  return { status: response.status, body: (await response.json()) as Answer["body"], expected };
}

function expectRight({ status, body, expected }: Awaited<ReturnType<typeof ask>>): void {
  expect(status).toBe(200);
  const rewards = body.rewards as number[];
  expect(rewards).toHaveLength(expected.length);
  for (const [i, u] of rewards.entries()) expect(u).toBeCloseTo(expected[i]!, 9);
}

const change = (edit: (answer: { data: { index: number; probs: unknown[] }[] }) => void): Fault => ({
  kind: "body",
  change(body) {
    const answer = JSON.parse(body) as Parameters<typeof edit>[0];
    edit(answer);
    return JSON.stringify(answer);
  },
});

const fatal: [string, Fault][] = [
  ["the connection is reset", { kind: "reset" }],
  ["half a body", { kind: "half-body" }],
  ["half a body and a reset", { kind: "half-body-reset" }],
  ["a length that is too long", { kind: "wrong-length", by: 7 }],
  ["a length that is too short", { kind: "wrong-length", by: -7 }],
  ["status 500", { kind: "status", status: 500, body: "oops" }],
  ["status 429", { kind: "status", status: 429, headers: { "retry-after": "1" } }],
  ["status 200 with nothing", { kind: "status", status: 200, body: "" }],
  ["status 200 with a page", { kind: "status", status: 200, body: "<html></html>" }],
  ["a hang", { kind: "hang" }],
  ["a drip that never ends in time", { kind: "drip", bytes: 1, everyMs: 50 }],
  ["NaN", { kind: "body", change: (body) => body.replace(/"probs":\[[^\]]*\]/, '"probs":[NaN]') }],
  ["null for a number", change(({ data }) => data[0]!.probs.splice(0, 1, null))],
  ["a number as text", change(({ data }) => data[0]!.probs.splice(0, 1, "1.5"))],
  ["one reward too few", change(({ data }) => data.pop())],
  ["one reward too many", change(({ data }) => data.push({ ...data[0]!, index: data.length }))],
  ["one row twice", change(({ data }) => data.splice(1, 1, data[0]!))],
  [
    "rows without their numbers",
    change(({ data }) => data.forEach((row) => void Reflect.deleteProperty(row, "index"))),
  ],
];

describe("without retries", () => {
  test.each(fatal)("%s: 502, and the next request is answered", async (_, fault) => {
    proxy.next(fault);
    const refused = await ask(once);
    expect(refused.status).toBe(502);
    expect(refused.body).toMatchObject({ error: { code: "upstream_failed" } });
    expect(refused.body).not.toHaveProperty("rewards");
    expectRight(await ask(once));
  });

  test("rows in another order: put right by their numbers, or refused", async () => {
    proxy.next(change(({ data }) => data.reverse()));
    const answer = await ask(once);
    if (answer.status === 200) expectRight(answer);
    else expect(answer.status).toBe(502);
  });

  test("a drip that ends in time is no fault", async () => {
    proxy.next({ kind: "drip", bytes: 64, everyMs: 2 });
    expectRight(await ask(once));
  });
});

describe("with retries", () => {
  test.each(fatal.slice(0, 7))("%s, once: the right rewards", async (_, fault) => {
    proxy.next(fault);
    const answer = await ask(patient);
    // a server that asks for more patience than allowed is not asked again
    if (fault.kind === "status" && fault.status === 429) expect(answer.status).toBe(502);
    else if (fault.kind === "wrong-length" && answer.status !== 200) expect(answer.status).toBe(502);
    else expectRight(answer);
  });

  test("many clients while every third answer fails: each gets its own rewards or an error", async () => {
    const faults = [fatal[0]![1], fatal[1]![1], fatal[5]![1], fatal[14]![1]];
    for (let i = 0; i < 40; i++) proxy.next("none", "none", faults[i % faults.length]!);
    const answers = await Promise.all(
      Array.from({ length: 32 }, async () => [await ask(patient), await ask(patient), await ask(patient)]),
    );
    const right = answers.flat().filter(({ status }) => status === 200);
    for (const answer of right) expectRight(answer);
    for (const { status } of answers.flat()) expect([200, 502]).toContain(status);
    expect(right.length).toBeGreaterThan(0);
  });
});

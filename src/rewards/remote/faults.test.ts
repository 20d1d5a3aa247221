/** What goes wrong on the wire, before a real server with a trained model: right rewards after a retry, or an error. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type Fault, type FaultProxy, startFaultProxy } from "../../../test/support/fault-proxy.ts";
import {
  dialogues,
  serveApp,
  type TestServer,
  trainedModel,
} from "../../serve/protocols/dialect-server.fixture.ts";
import { sglangRoutes } from "../../serve/protocols/sglang.ts";
import { vllmRoutes } from "../../serve/protocols/vllm.ts";
import { createRandom } from "../../stats/random.ts";
import { describeRemote } from "./describe.fixture.ts";
import { RemoteRewardError } from "./remote-error.ts";
import { remoteReward } from "./remote-model.ts";

const items = dialogues(6);
let own: Float64Array;
let servers: TestServer[];
let vllm: FaultProxy;
let sglang: FaultProxy;

beforeAll(async () => {
  const model = await trainedModel();
  own = await model.score(items);
  servers = [await serveApp(vllmRoutes(model)), await serveApp(sglangRoutes(model))];
  vllm = await startFaultProxy(servers[0]!.url);
  sglang = await startFaultProxy(servers[1]!.url);
});
afterAll(async () => {
  await Promise.all([vllm.close(), sglang.close()]);
  await Promise.all(servers.map((server) => server.close()));
});

/** Two requests of three items each. */
const remote = (fields: Record<string, unknown> = {}) =>
  remoteReward(
    describeRemote({ protocol: "vllm-classify", url: vllm.url, text: "transcript", batch: 3, ...fields }),
  );
const ofSglang = (fields: Record<string, unknown> = {}) =>
  remote({ protocol: "sglang", url: sglang.url, ...fields });

/** The error of what must fail. */
const failure = async (work: Promise<unknown>): Promise<RemoteRewardError> => {
  const error = await work.then(
    (found) => expect.fail(`no error, but ${JSON.stringify(found)}`),
    (thrown: unknown) => thrown,
  );
  if (error instanceof RemoteRewardError) return error;
  throw error;
};

let before: number;
beforeEach(() => {
  before = vllm.requests;
});

const passing: [string, Fault][] = [
  ["a reset", { kind: "reset" }],
  ["half a body", { kind: "half-body" }],
  ["half a body and a reset", { kind: "half-body-reset" }],
  ["a content-length above the body", { kind: "wrong-length", by: 10 }],
  ["status 500", { kind: "status", status: 500, body: "oops" }],
  ["status 502 with HTML", { kind: "status", status: 502, body: "<html>" }],
  ["status 503", { kind: "status", status: 503 }],
  ["status 429", { kind: "status", status: 429, headers: { "retry-after": "0" } }],
  ["a hang", { kind: "hang" }],
  ["a slow drip", { kind: "drip", bytes: 1, everyMs: 20 }],
];

describe.each(passing)("%s", (_, fault) => {
  const quick = { timeoutMs: fault.kind === "hang" || fault.kind === "drip" ? 500 : 5000 };

  test("that passes: right rewards after a retry", async () => {
    vllm.next(fault, "none", fault);
    expect(await remote(quick).score(items)).toEqual(own);
    expect(vllm.requests - before).toBeGreaterThanOrEqual(4);
  });

  test("that stays: an error that says where and what", async () => {
    vllm.always(fault);
    const error = await failure(remote({ ...quick, retries: 1 }).score(items));
    vllm.always(undefined);
    expect(error.transient).toBe(true);
    expect(error.message).toContain(`the reward of "helpful" at ${vllm.url}/classify: `);
  });
});

const editRows = (change: (rows: { index: number; probs: number[] }[]) => unknown): Fault => ({
  kind: "body",
  change: (body) => {
    const answer = JSON.parse(body) as { data: { index: number; probs: number[] }[] };
    return JSON.stringify({ ...answer, data: change(answer.data) });
  },
});
const editText = (change: (text: string) => string): Fault => ({ kind: "body", change });
const probs = (numbers: number[]) => editRows((rows) => rows.map((row) => ({ ...row, probs: numbers })));

describe("answers that no retry makes right", () => {
  test.each<[string, Fault, RegExp]>([
    ["a content-length below the body", { kind: "wrong-length", by: -9 }, /not JSON|connection failed/],
    ["one reward less", editRows((rows) => rows.slice(1)), /wrong number of rewards \(found 2, expected 3\)/],
    ["one reward more", editRows((rows) => [...rows, rows[0]]), /wrong number.*found 4/],
    ["no reward", editRows(() => []), /wrong number.*found 0/],
    [
      "an index twice",
      editRows(([a, b, c]) => [a, a && { ...b, index: a.index }, c]),
      /numbered wrongly.*0,0,2/,
    ],
    ["indices from 1", editRows((rows) => rows.map((row) => ({ ...row, index: row.index + 1 }))), /1,2,3/],
    ["NaN", editText((text) => text.replace(/"probs":\[[^\]]*/, '"probs":[NaN')), /not JSON/],
    ["null", editText((text) => text.replace(/"probs":\[[^\]]*/, '"probs":[null')), /data\.0\.probs\.0/],
    ["1e999", editText((text) => text.replace(/"probs":\[[^\]]*/, '"probs":[1e999')), /data\.0\.probs\.0/],
    ["text for a number", editText((text) => text.replace(/"probs":\[[^\]]*/, '"probs":["1"')), /data\.0/],
    ["softmax over one output", probs([1]), /probabilities \(they sum to 1\).*Turn the activation off/],
    ["softmax over two", probs([0.25, 0.75]), /probabilities/],
    ["two outputs, none named", probs([-2, 3]), /several outputs.*"output": 0/],
    ["no output", probs([]), /without any number/],
    ["HTML", editText(() => "<!doctype html>"), /not JSON \(found application\/json: .*doctype/],
    ["nothing", editText(() => ""), /not JSON/],
    ["an answer of another protocol", editText(() => '[{"score":1}]'), /form of this protocol/],
    ["status 400", { kind: "status", status: 400, body: "bad" }, /status 400 \(found "bad"\)/],
    [
      "status 400, in vLLM's words",
      {
        kind: "status",
        status: 400,
        body: `{"error":{"message":"This model's maximum context length is 256 tokens. However, your prompt contains at least 257 input tokens, which exceeds this limit.","type":"BadRequestError","param":"input_tokens","code":400}}`,
      },
      /status 400 \(found This model's maximum context length is 256 tokens\. However, .* exceeds this limit\.\)/,
    ],
    ["status 401", { kind: "status", status: 401 }, /status 401.*keyFrom/],
    ["status 404", { kind: "status", status: 404 }, /status 404.*Check "url"/],
    ["status 422", { kind: "status", status: 422 }, /status 422/],
    ["a redirect", { kind: "status", status: 307, headers: { location: "/elsewhere" } }, /redirect/],
  ])("%s", async (_, fault, message) => {
    vllm.always(fault);
    const error = await failure(remote({ retries: 0 }).score(items.slice(0, 3)));
    vllm.always(undefined);
    expect(error.message).toMatch(message);
  });

  test("what is not transient is asked once", async () => {
    for (const status of [400, 401, 403, 404, 413, 422, 501]) {
      const start = vllm.requests;
      vllm.next({ kind: "status", status });
      expect((await failure(remote().score(items.slice(0, 2)))).transient).toBe(false);
      expect(vllm.requests - start).toBe(1);
    }
  });

  test("rows in another order, numbered rightly, are put in order", async () => {
    vllm.always(editRows((rows) => rows.toReversed()));
    expect(await remote().score(items)).toEqual(own);
    vllm.always(undefined);
  });

  test("where rows are not numbered: count and form", async () => {
    const rows = (change: (rows: unknown[]) => unknown): Fault =>
      editText((text) => JSON.stringify(change(JSON.parse(text) as unknown[])));
    sglang.next(rows((all) => all.slice(1)));
    expect((await failure(ofSglang().score(items.slice(0, 3)))).message).toMatch(/wrong number.*found 2/);
    sglang.next(rows((all) => all.map(() => ({ embedding: [1] }))));
    expect((await failure(ofSglang().score(items.slice(0, 3)))).message).toMatch(/probabilities/);
    expect(await ofSglang().score(items)).toEqual(own);
  });

  test("an answer beyond the size limit is not read to its end", async () => {
    const large = { kind: "status", status: 200, body: "[".repeat(100_000) } as const;
    vllm.next(large);
    expect((await failure(remote({ maxBytes: 1000 }).score(items.slice(0, 2)))).message).toMatch(
      /too large \(expected at most 1000 bytes\)/,
    );
  });
});

test("whatever happens in whatever order: the right rewards or an error", async () => {
  const random = createRandom(11);
  const faults: (Fault | "none")[] = [
    "none",
    "none",
    { kind: "reset" },
    { kind: "half-body" },
    { kind: "half-body-reset" },
    { kind: "wrong-length", by: 3 },
    { kind: "wrong-length", by: -3 },
    { kind: "status", status: 500 },
    { kind: "status", status: 429 },
    { kind: "status", status: 400 },
    editRows((rows) => rows.toReversed()),
    editRows((rows) => rows.slice(1)),
    editRows((rows) => rows.map((row) => ({ ...row, index: 0 }))),
    editText((text) => text.replace(/"probs":\[[^\]]*/, '"probs":[NaN')),
    { kind: "drip", bytes: 100, everyMs: 1 },
  ];
  const ended = { right: 0, failed: 0 };
  for (let round = 0; round < 40; round++) {
    vllm.next(...Array.from({ length: 6 }, () => faults[random.below(faults.length)]!));
    const model = remote({ batch: 1 + random.below(4), concurrency: 1 + random.below(3), maxWaitMs: 5 });
    const outcome = await model.score(items).catch((error: unknown) => error);
    if (outcome instanceof RemoteRewardError) ended.failed++;
    else {
      expect(outcome).toEqual(own);
      ended.right++;
    }
  }
  vllm.forget();
  expect(ended.right).toBeGreaterThan(0);
  expect(ended.failed).toBeGreaterThan(0);
});

describe("when to ask again", () => {
  test("Retry-After is heeded, and one beyond the longest wait is not waited for", async () => {
    vllm.next({ kind: "status", status: 429, headers: { "retry-after": "1" } });
    const timers = vi.spyOn(globalThis, "setTimeout");
    expect(await remote({ maxWaitMs: 2000 }).score(items.slice(0, 3))).toEqual(own.slice(0, 3));
    expect(timers.mock.calls.map(([, delay]) => delay)).toContain(1000);
    timers.mockRestore();

    vllm.next({ kind: "status", status: 429, headers: { "retry-after": "3600" } });
    const start = vllm.requests;
    const error = await failure(remote({ maxWaitMs: 2000 }).score(items.slice(0, 3)));
    expect(error.fault.retryAfter).toBe(3600);
    expect(vllm.requests - start).toBe(1);
  });

  test("an abort ends a wait for a retry and a hanging request, with the reason", async () => {
    for (const fault of [{ kind: "hang" } as const, { kind: "status", status: 503 } as const]) {
      vllm.always(fault);
      const abort = new AbortController();
      const scoring = remote({ maxWaitMs: 60_000, retries: 20 }).score(items, { signal: abort.signal });
      while (vllm.requests === before) await new Promise((done) => setImmediate(done));
      abort.abort(new Error("enough"));
      await expect(scoring).rejects.toThrow("enough");
      vllm.always(undefined);
      await expect.poll(() => vllm.open).toBe(0);
      before = vllm.requests;
    }
  });

  test("an aborted signal sends nothing", async () => {
    await expect(remote().score(items, { signal: AbortSignal.abort(new Error("no")) })).rejects.toThrow("no");
    expect(vllm.requests).toBe(before);
  });

  test("no more requests are under way than allowed, over all calls", async () => {
    vllm.always({ kind: "hang" });
    const model = remote({ batch: 1, concurrency: 2, timeoutMs: 300, retries: 0 });
    const calls = [failure(model.score(items)), failure(model.score(items))];
    await expect.poll(() => vllm.requests - before).toBe(2);
    expect(vllm.open).toBe(2);
    await Promise.all(calls);
    vllm.always(undefined);
  });
});
